// One set of shapes for the legend and the plain map (SVG) and for the map's icons (canvas).
function corners(shape, r) {
  if (shape === "diamond") return [[0, -r], [r, 0], [0, r], [-r, 0]];
  if (shape === "square") return [[-r * 0.85, -r * 0.85], [r * 0.85, -r * 0.85], [r * 0.85, r * 0.85], [-r * 0.85, r * 0.85]];
  var sides = { triangle: 3, down: 3, pentagon: 5 }[shape];
  if (!sides) return null;
  var points = [];
  for (var n = 0; n < sides; n += 1) {
    var angle = (shape === "down" ? 1 : -1) * Math.PI / 2 + n * 2 * Math.PI / sides;
    points.push([r * Math.cos(angle), r * Math.sin(angle)]);
  }
  return points;
}

// Strokes drawn over a circle: a plus for what is added, a cross through a hollow ring for what is gone.
function strokes(shape, r) {
  if (shape === "plus") return [[[-r * 0.5, 0], [r * 0.5, 0]], [[0, -r * 0.5], [0, r * 0.5]]];
  if (shape === "gone") return [[[-r * 0.6, -r * 0.6], [r * 0.6, r * 0.6]], [[-r * 0.6, r * 0.6], [r * 0.6, -r * 0.6]]];
  return [];
}

function look(shape, color, edge) {
  if (shape === "gone") return { fill: "#ffffff", edge: color, over: color, width: 1.8 };
  return { fill: color, edge: edge || "#ffffff", over: "#ffffff", width: 1.2 };
}

function swatch(facts) {
  var box = svg("svg", { viewBox: "-10 -7 20 14", "class": "swatch", "aria-hidden": "true" });
  if (facts.shape === "area") {
    box.appendChild(svg("rect", { x: -8, y: -5, width: 16, height: 10, rx: 1.5, fill: facts.fill, stroke: facts.edge, "stroke-width": 1 }));
  } else if (facts.shape === "line" || facts.shape === "dash") {
    var line = svg("line", { x1: -9, x2: 9, y1: 0, y2: 0, stroke: facts.fill, "stroke-width": 2.6, "stroke-linecap": "round" });
    if (facts.shape === "dash") line.setAttribute("stroke-dasharray", "3 4");
    box.appendChild(line);
  } else {
    box.appendChild(point(facts.shape, 5.4, facts.fill, facts.edge));
  }
  return box;
}

function point(shape, r, color, edge) {
  var paint = look(shape, color, edge);
  var node = svg("g", {});
  var facts = { fill: paint.fill, stroke: paint.edge, "stroke-width": paint.width };
  var points = corners(shape, r);
  node.appendChild(points ? svg("polygon", Object.assign({ points: points.join(" ") }, facts)) : svg("circle", Object.assign({ r: r }, facts)));
  strokes(shape, r).forEach(function (line) {
    node.appendChild(svg("path", { d: "M" + line.join("L"), stroke: paint.over, "stroke-width": 1.8, fill: "none" }));
  });
  return node;
}

// "diamond/#2e7bb0/10" -> image data, at three pixels a point so that it stays sharp when it grows.
function icon(name) {
  var parts = name.split("/");
  var r = Number(parts[2]) / 2;
  var scale = 3;
  var paint = look(parts[0], parts[1]);
  var canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.ceil((2 * r + 3) * scale);
  var pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.translate(canvas.width / scale / 2, canvas.height / scale / 2);
  pen.beginPath();
  var points = corners(parts[0], r);
  if (points) {
    points.forEach(function (xy, n) { if (n) pen.lineTo(xy[0], xy[1]); else pen.moveTo(xy[0], xy[1]); });
    pen.closePath();
  } else {
    pen.arc(0, 0, r, 0, 2 * Math.PI);
  }
  pen.fillStyle = paint.fill;
  pen.strokeStyle = paint.edge;
  pen.lineWidth = paint.width;
  pen.lineJoin = "round";
  pen.fill();
  pen.stroke();
  pen.strokeStyle = paint.over;
  pen.lineWidth = 1.8;
  strokes(parts[0], r).forEach(function (line) {
    pen.beginPath();
    pen.moveTo(line[0][0], line[0][1]);
    pen.lineTo(line[1][0], line[1][1]);
    pen.stroke();
  });
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
