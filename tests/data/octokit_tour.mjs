// What a client of GitHub's that is not the bot's sees of the simulation: `node octokit_tour.mjs API_URL TOKEN OWNER REPO`
// prints what it found as one JSON object.
import { Octokit } from "@octokit/rest";

const [baseUrl, auth, owner, repo] = process.argv.slice(2);
const octokit = new Octokit({ baseUrl, auth });
const here = { owner, repo };

const refusal = async (asked) => {
  try {
    await asked;
    return null;
  } catch (error) {
    return { status: error.status, message: error.response.data.message };
  }
};

const { data: made } = await octokit.issues.create({ ...here, title: "Told by a foreigner", labels: ["auto", "bug"] });
const about = { ...here, issue_number: made.number };
const { data: comment } = await octokit.issues.createComment({ ...about, body: "Hello" });
const reaction = { ...here, comment_id: comment.id, content: "eyes" };
const reactions = [
  (await octokit.reactions.createForIssueComment(reaction)).status,
  (await octokit.reactions.createForIssueComment(reaction)).status,
];
await octokit.issues.removeLabel({ ...about, name: "bug" });
await octokit.issues.update({ ...about, state: "closed", state_reason: "not_planned" });
const issues = await octokit.paginate(octokit.issues.listForRepo, { ...here, state: "all", per_page: 20 });
const known = await octokit.repos.get(here);

console.log(
  JSON.stringify({
    login: (await octokit.users.getAuthenticated()).data.login,
    permission: (await octokit.repos.getCollaboratorPermissionLevel({ ...here, username: "ada" })).data.permission,
    issues: issues.map((issue) => issue.number),
    closed: (await octokit.issues.get(about)).data.state_reason,
    labels: (await octokit.issues.listLabelsOnIssue(about)).data.map((label) => label.name),
    events: (await octokit.issues.listEvents(about)).data.map((event) => event.event),
    reactions,
    branch: (await octokit.repos.getBranch({ ...here, branch: "main" })).data.name,
    readme: Buffer.from((await octokit.repos.getContent({ ...here, path: "README.md" })).data.content, "base64").toString(),
    unchanged: await refusal(octokit.repos.get({ ...here, headers: { "if-none-match": known.headers.etag } })).then(
      (found) => found.status,
    ),
    missing: await refusal(octokit.issues.get({ ...here, issue_number: 9999 })),
    long: await refusal(octokit.issues.createComment({ ...about, body: "x".repeat(65537) })),
    twice: await refusal(octokit.issues.createLabel({ ...here, name: "auto", color: "ff0000" })),
    unauthorized: await refusal(new Octokit({ baseUrl, auth: "ghp_wrong" }).users.getAuthenticated()),
  }),
);
