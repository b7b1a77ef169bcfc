// What Streamlit leaves undone in the page around it.
"use strict";
// Without this it first looks for its server below the page's own address, and complains.
window.__streamlit = { BACKEND_BASE_URL: `${location.origin}/` };
// The page says in which language it is, and what Streamlit's own English words are in it.
(() => {
  const follow = () => {
    const said = document.querySelector("[data-page-language]")?.dataset;
    if (!said) return;
    if (document.documentElement.lang !== said.pageLanguage) {
      document.documentElement.lang = said.pageLanguage;
    }
    const skip = document.querySelector('[data-testid="stSkipToContent"]');
    if (skip && skip.textContent !== said.skip) skip.textContent = said.skip;
  };
  new MutationObserver(follow).observe(document.getElementById("root"), {
    attributes: true,
    attributeFilter: ["data-page-language"],
    childList: true,
    subtree: true,
  });
})();
