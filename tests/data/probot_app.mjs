// An app as its authors write it: nothing in it knows of a simulation.
export default (app) => {
  app.on("issues.opened", (context) =>
    context.octokit.rest.issues.createComment(context.issue({ body: "Thank you for telling us." })),
  );
};
