// The desk's own script: live updates. Everything works without it; nothing here decides anything.
"use strict";

(function () {
  const body = document.body;
  const news = document.getElementById("news");
  const words = document.getElementById("told");

  function say(name) {
    const found = words && words.content.querySelector("[data-" + name + "]");
    news.replaceChildren();
    if (found) { news.appendChild(found.cloneNode(true)); }
  }

  // What somebody is reading with the keyboard, or writing, is not taken away under their hands.
  function busy(live) {
    const at = document.activeElement;
    return at && at !== body && live.contains(at);
  }

  function changed() {
    const live = document.getElementById("live");
    if (live && !busy(live)) {
      news.replaceChildren();
      window.htmx.trigger(live, "news");
    } else if (live) {
      say("news");
    }
  }

  function listen() {
    const source = new EventSource(body.dataset.events + "?since=" + encodeURIComponent(body.dataset.cut));
    source.addEventListener("news", function (event) {
      body.dataset.cut = event.lastEventId;
      changed();
    });
    source.addEventListener("wake", function (event) {
      say("wake");
      if (window.Notification && Notification.permission === "granted" && news.textContent) {
        new Notification(news.firstChild.firstChild.textContent, { tag: event.data, requireInteraction: true });
      }
    });
    source.addEventListener("open", function () { if (news.querySelector("[data-lost]")) { news.replaceChildren(); } });
    source.addEventListener("error", function () { say("lost"); });
    window.addEventListener("pagehide", function () { source.close(); });
  }

  const notify = document.getElementById("notify");
  if (notify && window.Notification && Notification.permission === "default") {
    notify.hidden = false;
    notify.addEventListener("click", function () {
      Notification.requestPermission().then(function () { notify.hidden = true; });
    });
  }

  if (body.dataset.events && window.EventSource) { listen(); }
})();
