// Copy buttons. Without scripts the lines are there to select, and the buttons are not shown.
"use strict";
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const label = button.firstChild;
    label.textContent = "Copied";
    setTimeout(() => { label.textContent = "Copy"; }, 2000);
  });
}

// What runs now: as a stream, or every now and then while another page has it.
const live = document.getElementById("live");
const show = (text) => { if (live.innerHTML !== text) live.innerHTML = text; };  // the server has escaped it
const ask = async () => {
  if (document.hidden) return;
  const answer = await fetch("/live");
  if (answer.ok) show(await answer.text());
};
const follow = () => {
  const stream = new EventSource("/live/stream");
  stream.addEventListener("message", (event) => show(event.data));
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) setInterval(ask, 15000);
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) stream.close(); });
};
if (live) follow();

// "/" goes to the search field, as on GitHub.
document.addEventListener("keydown", (event) => {
  const field = document.querySelector("input[type=search]");
  if (event.key !== "/" || !field || event.target.closest("input, select, textarea")) return;
  event.preventDefault();
  field.focus();
});
