const form = document.getElementById("filter");
const apply = () => {
  const text = form.querySelector("[type=search]").value.toLowerCase();
  const checked = new Set([...form.querySelectorAll(":checked")].map((box) => box.value));
  for (const section of document.querySelectorAll("section")) {
    const name = section.querySelector("h2").textContent;
    let shown = 0;
    for (const row of section.querySelectorAll("tbody tr")) {
      const matches = (name + row.textContent).toLowerCase().includes(text);
      row.hidden = !(matches && checked.has(row.dataset.severity) && (!checked.has("used") || row.dataset.used));
      shown += !row.hidden;
    }
    section.hidden = shown === 0;
  }
};
form.addEventListener("input", apply);
form.addEventListener("submit", (event) => event.preventDefault());
