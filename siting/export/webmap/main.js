// The page: reads its data, draws the map with WebGL or, without it, plainly, and answers clicks.
var data = JSON.parse(document.getElementById("data").textContent);
var stage = document.getElementById("stage");
var all = data.backdrop.concat(data.layers);
var last = Math.max(data.periods.length - 1, 0);
var state = { period: last, on: {} };
data.layers.forEach(function (layer) { state.on[layer.id] = layer.on; });
var map = null, flat = null, popup = null;
var panel = sidePanel(document.getElementById("side"), data, { period: setPeriod, pick: pick });
var counts = legend(stage, data, { toggle: toggle });
stage.appendChild(el("p", "attribution", data.attribution));
var labels = new Labels(stage.appendChild(el("div", "labels")), data.labels);
labels.nodes[0] && labels.nodes[0].parentNode.setAttribute("aria-hidden", "true");

window.sitingMap = {
  ready: false,
  mode: "",
  chosen: data.layers.filter(function (layer) { return data.counted.indexOf(layer.id) >= 0; })
    .reduce(function (sum, layer) { return sum + layer.features.features.length; }, 0),
  period: setPeriod,
  shown: shown,
  pick: function (n) { pick(data.entries[n]); },
  zoom: function () { return map.isMoving() ? 0 : map.getZoom(); },
  at: function (lon, lat) {
    var corner = map.getCanvas().getBoundingClientRect(), point = map.project([lon, lat]);
    return [corner.left + point.x, corner.top + point.y];
  }
};

start();

function start() {
  var canvas = document.createElement("canvas");
  if (canvas.getContext("webgl2") || canvas.getContext("webgl")) {
    try { drawMap(); return; } catch (error) { if (map) { map.remove(); map = null; } }
  }
  drawFlat();
}

// Room for the legend beside the study area, where the window has it.
function room() {
  var wide = stage.clientWidth > 900;
  return { top: 20, bottom: 28, left: wide ? 50 : 16, right: wide ? 262 : 16 };
}

function style() {
  var sources = {}, layers = [{ id: "ground", type: "background", paint: { "background-color": "#e6ebee" } }];
  all.forEach(function (layer) {
    sources[layer.id] = { type: "geojson", data: layer.features };
    layer.styles.forEach(function (one, n) {
      layers.push(Object.assign({ id: layer.id + ":" + n, source: layer.id }, one, {
        layout: Object.assign({ visibility: state.on[layer.id] === false ? "none" : "visible" }, one.layout || {})
      }));
    });
  });
  return { version: 8, sources: sources, layers: layers };
}

function drawMap() {
  var holder = stage.insertBefore(el("div", "map"), stage.firstChild);
  map = new maplibregl.Map({
    container: holder, style: style(), bounds: data.bounds, fitBoundsOptions: { padding: room() },
    attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, renderWorldCopies: false,
    fadeDuration: 0, maxZoom: 14, canvasContextAttributes: { preserveDrawingBuffer: true }
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-left");
  map.addControl(new maplibregl.ScaleControl({ maxWidth: 140, unit: "metric" }), "bottom-left");
  map.on("styleimagemissing", function (event) {
    if (!map.hasImage(event.id)) map.addImage(event.id, icon(event.id), { pixelRatio: 3 });
  });
  map.on("move", placeLabels);
  map.on("resize", placeLabels);
  map.on("click", function (event) {
    var hit = hits(event.point)[0];
    if (hit) open(hit.card, hit.at || event.lngLat); else if (popup) popup.remove();
  });
  map.on("mousemove", function (event) { map.getCanvas().style.cursor = hits(event.point).length ? "pointer" : ""; });
  map.once("load", function () {
    setPeriod(last);
    map.once("idle", function () { done("webgl"); });
  });
}

// Features with a card under a point, uppermost first, points before lines before areas.
function hits(at) {
  var box = [[at.x - 4, at.y - 4], [at.x + 4, at.y + 4]];
  var ranks = { circle: 0, symbol: 0, line: 1, fill: 2 };
  return map.queryRenderedFeatures(box).map(function (feature) {
    var layer = data.layers.find(function (one) { return one.id === feature.source; });
    var card = layer && layer.cards[feature.properties.i];
    var isPoint = feature.geometry.type === "Point";
    return card ? { card: card, rank: ranks[feature.layer.type], at: isPoint ? feature.geometry.coordinates : null } : null;
  }).filter(Boolean).sort(function (a, b) { return a.rank - b.rank; });
}

function open(card, at) {
  if (popup) popup.remove();
  popup = new maplibregl.Popup({ maxWidth: "360px", closeButton: true, focusAfterOpen: false, offset: 12 }).setLngLat(at).setDOMContent(cardNode(card)).addTo(map);
}

function drawFlat() {
  var side = el("div", "flatcard");
  flat = new FlatMap(stage, data, function (card) { side.replaceChildren(cardNode(card)); });
  stage.appendChild(side);
  stage.appendChild(el("p", "nogl", "This browser has no WebGL, so the map is drawn plainly and does not zoom."));
  data.layers.forEach(function (layer) { flat.toggle(layer, layer.on); });
  setPeriod(last);
  done("flat");
}

function setPeriod(n) {
  state.period = n;
  panel.period(n);
  data.layers.forEach(function (layer) {
    if (!layer.by_period) return;
    var seen = layer.features.features.filter(function (feature) { return feature.properties.from <= n; }).length;
    counts[layer.id].textContent = thousands(seen);
    if (map) {
      layer.styles.forEach(function (_, m) { map.setFilter(layer.id + ":" + m, ["<=", ["get", "from"], n]); });
      Object.keys(layer.periodic).forEach(function (name) {
        if (layer.periodic[name].length > n) map.setPaintProperty(layer.id + ":0", name, layer.periodic[name][n]);
      });
    }
  });
  if (flat) flat.period(data.layers, n);
  placeLabels();
}

function toggle(layer, on) {
  state.on[layer.id] = on;
  if (map) layer.styles.forEach(function (_, n) { map.setLayoutProperty(layer.id + ":" + n, "visibility", on ? "visible" : "none"); });
  if (flat) flat.toggle(layer, on);
  placeLabels();
}

function placeLabels() {
  if (!map) return;
  var canvas = map.getCanvas(), corner = canvas.getBoundingClientRect();
  var box = stage.querySelector(".legend").getBoundingClientRect();
  labels.place({
    project: function (lon, lat) { var at = map.project([lon, lat]); return [at.x, at.y]; },
    width: canvas.clientWidth, height: canvas.clientHeight, period: state.period,
    allowed: function (kind) { return state.on[kind === "city" ? "demand" : data.counted[0]] !== false; },
    clear: function (label) { return label.kind === "site" ? label.r * grown(map.getZoom()) + 4 : 6; },
    taken: [[box.left - corner.left, box.top - corner.top, box.right - corner.left, box.bottom - corner.top]]
  });
}

// The growth of sizes with zoom that the styles state: 0.8 at 4, 1.8 at 10.
function grown(zoom) { return 0.8 + Math.max(0, Math.min(1, (zoom - 4) / 6)); }

function pick(entry) {
  var layer = data.layers.find(function (one) { return one.id === entry.layer; });
  var card = layer.cards[entry.i];
  if (entry.from > state.period) setPeriod(entry.from);
  if (flat) { stage.querySelector(".flatcard").replaceChildren(cardNode(card)); return; }
  // Low and left of the middle, so that its card has room above it and beside the legend.
  var room = [stage.clientWidth > 700 ? -120 : 0, stage.clientHeight * 0.24];
  map.flyTo({ center: [entry.lon, entry.lat], zoom: Math.max(map.getZoom(), 8.2), offset: room, duration: 900, essential: false });
  open(card, [entry.lon, entry.lat]);
}

// How many chosen sites are drawn now: what is rendered, not what was meant.
function shown() {
  var found = {};
  data.counted.forEach(function (id) {
    if (map) {
      map.queryRenderedFeatures({ layers: [id + ":0"] }).forEach(function (feature) { found[id + feature.properties.i] = true; });
    } else if (state.on[id]) {
      flat.items[id].forEach(function (item, n) { if (item.node.getAttribute("display") !== "none") found[id + n] = true; });
    }
  });
  return Object.keys(found).length;
}

function done(mode) {
  window.sitingMap.ready = true;
  window.sitingMap.mode = mode;
  document.body.dataset.ready = mode;
  document.body.dataset.chosen = String(window.sitingMap.chosen);
}
