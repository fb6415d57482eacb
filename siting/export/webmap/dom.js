// Elements and text. Text reaches the page through textContent only.
var SVG = "http://www.w3.org/2000/svg";

function el(tag, className, content) {
  var node = document.createElement(tag);
  if (className) node.className = className;
  return fill(node, content);
}

function fill(node, content) {
  if (content === undefined || content === null) return node;
  (Array.isArray(content) ? content : [content]).forEach(function (child) {
    if (child === null || child === undefined) return;
    node.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  });
  return node;
}

function svg(tag, attributes) {
  var node = document.createElementNS(SVG, tag);
  Object.keys(attributes || {}).forEach(function (name) { node.setAttribute(name, attributes[name]); });
  return node;
}

function thousands(number) {
  return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

function shareBar(shares, className) {
  var bar = svg("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "class": className, "aria-hidden": "true" });
  var at = 0;
  shares.forEach(function (share) {
    var width = Math.max(0, Math.min(share[1] * 100, 100 - at));
    bar.appendChild(svg("rect", { x: at, y: 0, width: width, height: 6, fill: share[2] }));
    at += width;
  });
  return bar;
}
