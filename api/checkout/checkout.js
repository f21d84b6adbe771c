// The checkout page works without this. With it, the page watches its payment and shows what
// changes, says it aloud, copies the CLABE, and takes the payer to the card page once it is there.
"use strict";
(() => {
  const SECONDS_MAX = 30;
  const QUESTIONS_MAX = 3000; // then the payer may still reload
  const live = document.getElementById("live");
  let wait = 0;
  let asked = 0;
  let timer = 0;

  const view = () => document.getElementById("view");
  const say = (text) => {
    live.textContent = "";
    window.setTimeout(() => { live.textContent = text; }, 50);
  };

  // A payer who has just chosen the card is taken there; one who comes back is not.
  const followCard = () => {
    const link = document.getElementById("gateway");
    const here = new URL(window.location.href);
    if (!link || !here.searchParams.has("go")) return;
    here.searchParams.delete("go");
    window.history.replaceState(null, "", here);
    window.location.assign(link.href);
  };

  const showCopyButtons = () => {
    if (!navigator.clipboard) return;
    for (const button of document.querySelectorAll("button[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(button.dataset.copy);
        } catch {
          return; // the text stands beside it
        }
        const label = button.textContent;
        button.textContent = button.dataset.done;
        button.classList.add("done");
        say(button.dataset.done);
        window.setTimeout(() => {
          button.textContent = label;
          button.classList.remove("done");
        }, 3000);
      });
    }
  };

  const arrive = () => {
    showCopyButtons();
    followCard();
    wait = Number(view().dataset.pace);
    asked = 0;
    schedule();
  };

  const show = async () => {
    const answer = await fetch(window.location.href, { cache: "no-store" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = fresh.getElementById("view");
    if (!next) return;
    const focused = view().contains(document.activeElement);
    view().replaceWith(document.adoptNode(next));
    document.title = next.dataset.title;
    if (focused) view().focus();
    say(view().querySelector("h1").textContent);
    arrive();
  };

  const ask = async () => {
    timer = 0;
    try {
      const answer = await fetch(view().dataset.status, { cache: "no-store" });
      if (answer.ok && (await answer.json()).stamp !== view().dataset.stamp) {
        await show();
      }
    } catch {
      // No network: the next question comes later.
    }
    wait = Math.min(wait * 1.3, SECONDS_MAX);
    schedule();
  };

  const schedule = () => {
    if (timer || !wait || ++asked > QUESTIONS_MAX) return;
    timer = window.setTimeout(ask, wait * 1000);
  };

  // Back from the bank's app: look at once.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || !wait) return;
    window.clearTimeout(timer);
    timer = 0;
    wait = Number(view().dataset.pace);
    ask();
  });

  // Two clicks would be harmless; one looks better.
  document.addEventListener("submit", (event) => {
    const button = event.target.querySelector("button");
    if (button.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      return;
    }
    button.setAttribute("aria-disabled", "true");
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });

  arrive();
})();
