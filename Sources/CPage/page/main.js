// Asks the server every two seconds how it stands, and shows it.
import { Models } from "./models.js";
import { authorization } from "./stream.js";
import { Trial } from "./trial.js";

const period = 2000;
const byId = (name) => document.getElementById(name);

/** In memory only, so that it is gone with the page. */
let token = "";
let status = null;

const models = new Models(byId("models"), byId("totals"));
const trial = new Trial(() => token);

/** @param kind "good", "ending" or "bad" */
function showState(text, kind) {
  if (byId("state").textContent !== text) byId("state").textContent = text;
  byId("state").className = `state ${kind}`;
  // What is shown is of the past.
  byId("models").classList.toggle("stale", kind === "bad");
}

function askForToken() {
  showState("needs a token", "bad");
  if (token) byId("access-note").textContent = "The server does not know that token.";
  if (!byId("access").hidden) return;
  byId("access").hidden = false;
  byId("token").focus();
}

/** Returns whether to ask again. */
async function refresh() {
  try {
    const response = await fetch("v2/status", { headers: authorization(token), cache: "no-store" });
    if (response.status === 401) {
      askForToken();
      return false;
    }
    status = await response.json();
    if (!response.ok) throw new Error(status.error);
  } catch (error) {
    const isGone = error instanceof TypeError;
    showState(isGone ? "does not answer" : error.message, "bad");
    return true;
  }
  byId("access").hidden = true;
  showState(status.draining ? "ending: no new streams" : "serving", status.draining ? "ending" : "good");
  models.show(status);
  trial.update(status.models.filter(({ streaming }) => streaming !== null));
  return true;
}

let timer = 0;

async function loop() {
  clearTimeout(timer);
  if (await refresh()) timer = setTimeout(loop, period);
}

byId("access").addEventListener("submit", (event) => {
  event.preventDefault();
  token = byId("token").value.trim();
  byId("token").value = "";
  byId("access-note").textContent = "";
  loop();
});
addEventListener("resize", () => { if (status?.models) models.show(status); });
document.title = `Sluice, ${location.host}`;
loop();
