// One set of shapes for the legend (SVG) and for the map's icons (canvas).
function corners(shape, r) {
  if (shape === "diamond") return [[0, -r], [r, 0], [0, r], [-r, 0]];
  if (shape === "square") return [[-r * 0.85, -r * 0.85], [r * 0.85, -r * 0.85], [r * 0.85, r * 0.85], [-r * 0.85, r * 0.85]];
  var sides = { triangle: 3, pentagon: 5 }[shape];
  if (!sides) return null;
  var points = [];
  for (var n = 0; n < sides; n += 1) {
    var angle = -Math.PI / 2 + n * 2 * Math.PI / sides;
    points.push([r * Math.cos(angle), r * Math.sin(angle)]);
  }
  return points;
}

function swatch(look) {
  var box = svg("svg", { viewBox: "-10 -7 20 14", "class": "swatch", "aria-hidden": "true" });
  if (look.shape === "area") {
    box.appendChild(svg("rect", { x: -8, y: -5, width: 16, height: 10, rx: 1.5, fill: look.fill, stroke: look.edge, "stroke-width": 1 }));
  } else if (look.shape === "line" || look.shape === "dash") {
    var line = svg("line", { x1: -9, x2: 9, y1: 0, y2: 0, stroke: look.fill, "stroke-width": 2.6, "stroke-linecap": "round" });
    if (look.shape === "dash") line.setAttribute("stroke-dasharray", "3 4");
    box.appendChild(line);
  } else {
    box.appendChild(point(look.shape, 5.2, look.fill, look.edge));
  }
  return box;
}

function point(shape, r, fillColor, edge) {
  if (shape === "cross") return svg("path", { d: "M-4,-4L4,4M-4,4L4,-4", stroke: fillColor, "stroke-width": 2.2, fill: "none" });
  var facts = { fill: fillColor, stroke: edge, "stroke-width": 1.2 };
  var points = corners(shape, r);
  if (points) return svg("polygon", Object.assign({ points: points.join(" ") }, facts));
  if (shape === "hollow") facts = { fill: "none", stroke: fillColor, "stroke-width": 2, "stroke-dasharray": "3 2" };
  return svg("circle", Object.assign({ cx: 0, cy: 0, r: r }, facts));
}

// "diamond/#2e7bb0/10" -> image data, at three pixels a point so that it stays sharp when it grows.
function icon(name) {
  var parts = name.split("/");
  var size = Number(parts[2]);
  var scale = 3;
  var canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.ceil((size + 3) * scale);
  var pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.translate(canvas.width / scale / 2, canvas.height / scale / 2);
  pen.beginPath();
  var points = corners(parts[0], size / 2);
  if (points) {
    points.forEach(function (xy, n) { if (n) pen.lineTo(xy[0], xy[1]); else pen.moveTo(xy[0], xy[1]); });
    pen.closePath();
  } else {
    pen.arc(0, 0, size / 2, 0, 2 * Math.PI);
  }
  pen.fillStyle = parts[1];
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 1;
  pen.lineJoin = "round";
  pen.fill();
  pen.stroke();
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
