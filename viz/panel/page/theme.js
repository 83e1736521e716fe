// Sets the theme before the first paint: ?theme= wins, else the system's.
(function () {
  const asked = new URLSearchParams(location.search).get("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const fixed = asked === "light" || asked === "dark";
  document.documentElement.dataset.theme = fixed ? asked : dark.matches ? "dark" : "light";
  if (fixed) return;
  dark.addEventListener("change", () => {
    document.documentElement.dataset.theme = dark.matches ? "dark" : "light";
    dispatchEvent(new Event("theme"));
  });
})();
