// Makes a part of the page what a new text of it says and keeps what stays the
// same: the browser then lays out and paints only what differs.

/** patch gives an element the content that html says. */
export function patch(element, html) {
  const wanted = document.createElement("template");
  wanted.innerHTML = html;
  match(element, wanted.content);
}

// match makes the children of one node equal to those of another, which it uses up.
function match(element, wanted) {
  let old = element.firstChild;
  for (let want = wanted.firstChild, next; want; want = next) {
    next = want.nextSibling;
    if (!old) {
      element.append(want);
      continue;
    }
    const after = old.nextSibling;
    if (!old.isEqualNode(want)) {
      if (old.nodeName !== want.nodeName) old.replaceWith(want);
      else if (want.nodeType === Node.ELEMENT_NODE) matchElement(old, want);
      else old.data = want.data;
    }
    old = after;
  }
  while (old) {
    const after = old.nextSibling;
    old.remove();
    old = after;
  }
}

function matchElement(old, want) {
  for (const name of want.getAttributeNames()) {
    const value = want.getAttribute(name);
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const name of old.getAttributeNames()) if (!want.hasAttribute(name)) old.removeAttribute(name);
  match(old, want);
}
