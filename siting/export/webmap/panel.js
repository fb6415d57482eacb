// The side panel (figures, periods, list) and the legend, whose lines switch layers.
function sidePanel(side, data, on) {
  side.appendChild(el("header", "", [
    el("p", "subtitle", data.subtitle),
    el("h1", "", data.title),
    el("p", "badge " + (data.badge.good ? "good" : "open"), data.badge.text)
  ]));
  side.appendChild(el("dl", "figures", data.figures.map(function (figure) {
    return el("div", "", [el("dt", "", figure.label), el("dd", "", figure.value)]);
  })));
  var buttons = [];
  if (data.periods.length > 1) {
    var control = el("div", "periods", data.periods.map(function (period, n) {
      var button = el("button", "", [el("b", "", period.name), el("span", "", period.note)]);
      button.type = "button";
      button.addEventListener("click", function () { on.period(n); });
      buttons.push(button);
      return button;
    }));
    control.setAttribute("role", "group");
    control.setAttribute("aria-label", "Standing by the end of");
    side.appendChild(el("section", "", [el("h2", "", "Standing by the end of"), control]));
  }
  var items = [];
  var list = el("ol", "sites", data.entries.map(function (entry) {
    var button = el("button", "", [el("b", "", entry.name), el("span", "", entry.note)]);
    if (entry.shares.length) button.appendChild(shareBar(entry.shares, "mix"));
    button.type = "button";
    button.addEventListener("click", function () { on.pick(entry); });
    var item = el("li", "", button);
    items.push(item);
    return item;
  }));
  side.appendChild(el("section", "grow", [el("h2", "", data.list_title), list]));
  if (data.list_note) side.appendChild(el("p", "left-out", data.list_note));
  if (data.notes.length) {
    var notes = el("details", "notes", [el("summary", "", "Notes on this plan")].concat(data.notes.map(function (note) { return el("p", "", note); })));
    side.appendChild(notes);
  }
  return {
    period: function (n) {
      buttons.forEach(function (button, m) { button.setAttribute("aria-pressed", String(m === n)); });
      items.forEach(function (item, m) { item.classList.toggle("later", data.entries[m].from > n); });
    }
  };
}

function legend(stage, data, on) {
  var box = el("details", "legend");
  box.open = window.innerWidth > 700;
  box.appendChild(el("summary", "", "Layers"));
  var counts = {};
  data.groups.forEach(function (group) {
    var members = data.layers.filter(function (layer) { return layer.group === group; }).reverse();
    if (!members.length) return;
    box.appendChild(el("h2", "", group));
    members.forEach(function (layer) {
      var tick = el("input");
      tick.type = "checkbox";
      tick.checked = layer.on;
      tick.addEventListener("change", function () { on.toggle(layer, tick.checked); });
      counts[layer.id] = el("span", "count", (layer.left_out ? thousands(layer.count - layer.left_out) + " of " : "") + thousands(layer.count));
      var row = el("label", "", [tick, swatch(layer.swatch), el("span", "name", layer.label), counts[layer.id]]);
      row.dataset.layer = layer.id;
      box.appendChild(row);
      if (layer.keys.length > 1) {
        box.appendChild(el("div", "keys", layer.keys.map(function (key) {
          return el("span", "key", [swatch(key.swatch), key.label]);
        })));
      }
    });
    if (members.some(function (layer) { return data.counted.indexOf(layer.id) >= 0; }) && data.sizes.length) {
      box.appendChild(sizeKey(data.sizes, members[0].swatch.fill));
    }
  });
  stage.appendChild(box);
  return counts;
}

function sizeKey(sizes, color) {
  var most = sizes[sizes.length - 1].r;
  var picture = svg("svg", { viewBox: "0 0 212 " + (2 * most + 4), "class": "sizes", "aria-hidden": "true" });
  var x = 2;
  sizes.forEach(function (size) {
    x += size.r;
    picture.appendChild(svg("circle", { cx: x, cy: most + 2, r: size.r, fill: color, "fill-opacity": 0.88, stroke: "#fff" }));
    var words = svg("text", { x: x + size.r + 4, y: most + 6 });
    words.textContent = size.label;
    picture.appendChild(words);
    x += size.r + 50;
  });
  return picture;
}
