const form = document.getElementById("filter");
const rows = [...document.querySelectorAll("tbody tr")];
const apply = () => {
  const words = form.querySelector("[type=search]").value.toLowerCase().split(/\s+/).filter(Boolean);
  const checked = new Set([...form.querySelectorAll(":checked")].map((box) => box.value));
  for (const row of rows) {
    const text = (row.closest("section").querySelector("h2").textContent + " " + row.textContent + " " + row.dataset.methods).toLowerCase();
    const matches = words.every((word) => text.includes(word));
    row.hidden = !(matches && checked.has(row.dataset.severity) && (!checked.has("used") || row.dataset.used));
  }
  for (const section of document.querySelectorAll("section")) {
    section.hidden = !section.querySelector("tbody tr:not([hidden])");
    const link = document.querySelector(`nav a[href="#${section.querySelector("h2").id}"]`);
    if (link) link.hidden = section.hidden;
  }
  form.querySelector("output").value = `${rows.filter((row) => !row.hidden).length} of ${rows.length} findings shown`;
};
const box = (severity) => form.querySelector(`[value=${severity}]`);
// What breaks nobody is shown on request, or when nothing else was found or a link leads to it.
const linked = document.getElementById(location.hash.slice(1))?.dataset.severity;
box("info").checked = linked === "info" || rows.every((row) => row.dataset.severity === "info");
form.addEventListener("input", apply);
form.addEventListener("submit", (event) => event.preventDefault());
apply();
