// What a click tells.
function cardNode(card) {
  var node = el("article", "card");
  node.appendChild(el("p", "tag", card.tag));
  node.appendChild(el("h3", "", card.title));
  if (card.shares.length) {
    node.appendChild(shareBar(card.shares, "bar"));
    node.appendChild(el("p", "shares", card.shares.map(function (share) {
      var dot = el("span", "share", [swatch({ shape: "square", fill: share[2], edge: share[2] })]);
      dot.appendChild(document.createTextNode(share[0] + " " + Math.round(share[1] * 100) + " %"));
      return dot;
    })));
  }
  if (card.rows.length) node.appendChild(cardRows(card.rows));
  if (card.groups.length) {
    node.appendChild(el("div", "groups", card.groups.map(function (group) {
      return el("details", "", [el("summary", "", group[0]), cardRows(group[1])]);
    })));
  }
  card.paragraphs.forEach(function (part) {
    node.appendChild(el("h4", "", part[0]));
    node.appendChild(el("p", "", part[1]));
  });
  return node;
}

function cardRows(rows) {
  return el("table", "", rows.map(function (row) {
    return el("tr", "", [el("th", "", row[0]), el("td", "", row[1])]);
  }));
}
