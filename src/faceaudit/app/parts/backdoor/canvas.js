// A canvas to draw a key on: by mouse, finger, pen, or arrow keys. Says what was drawn after each line.

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const find = (name) => parentElement.querySelector(`[data-part="${name}"]`);
  const canvas = find("canvas"), guide = find("guide");
  const colour = find("colour"), width = find("width");
  const pen = canvas.getContext("2d", { willReadFrequently: true });

  if (canvas.width !== data.width || canvas.height !== data.height) {
    canvas.width = guide.width = data.width;
    canvas.height = guide.height = data.height;
    canvas.before = []; // this function is called anew with every answer; the canvas stays
    clear();
  }
  for (const [name, words] of Object.entries(data.words)) {
    const element = find(`${name}-words`);
    if (element) element.textContent = words;
  }
  canvas.setAttribute("aria-label", data.words.canvas);
  drawGuide(guide.getContext("2d"), data);

  const before = canvas.before;
  let drawing = false;
  let at = { x: data.width / 2, y: data.height / 2 };

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * canvas.width,
      y: ((event.clientY - box.top) / box.height) * canvas.height,
    };
  };
  const remember = () => {
    const pixels = pen.getImageData(0, 0, canvas.width, canvas.height);
    before.push([pixels, canvas.dataset.drawn]);
    if (before.length > 30) before.shift();
  };
  const line = (to) => {
    pen.strokeStyle = colour.value;
    pen.lineWidth = Number(width.value);
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(at.x, at.y);
    pen.lineTo(to.x, to.y);
    pen.stroke();
    canvas.dataset.drawn = "yes";
    at = to;
  };
  const say = () =>
    setStateValue("picture", canvas.dataset.drawn ? canvas.toDataURL("image/png") : "");

  canvas.onpointerdown = (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    remember();
    drawing = true;
    at = place(event);
    line(at);
  };
  canvas.onpointermove = (event) => {
    if (drawing) line(place(event));
  };
  canvas.onpointerup = canvas.onpointercancel = () => {
    if (drawing) say();
    drawing = false;
  };
  // Arrows move the pen, and draw with the shift key held.
  const steps = { ArrowLeft: [-6, 0], ArrowRight: [6, 0], ArrowUp: [0, -6], ArrowDown: [0, 6] };
  canvas.onkeydown = (event) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const to = {
      x: Math.min(Math.max(at.x + step[0], 0), canvas.width),
      y: Math.min(Math.max(at.y + step[1], 0), canvas.height),
    };
    if (event.shiftKey) {
      if (!event.repeat) remember();
      line(to);
    } else {
      at = to;
    }
    drawGuide(guide.getContext("2d"), data, at);
  };
  canvas.onkeyup = (event) => {
    if (event.key === "Shift") say();
  };
  canvas.onblur = () => drawGuide(guide.getContext("2d"), data);
  find("undo").onclick = () => {
    if (!before.length) return;
    const [pixels, drawn] = before.pop();
    pen.putImageData(pixels, 0, 0);
    canvas.dataset.drawn = drawn;
    say();
  };
  find("clear").onclick = () => {
    remember();
    clear();
    say();
  };

  function clear() {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (data.ground) {
      pen.fillStyle = data.ground;
      pen.fillRect(0, 0, canvas.width, canvas.height);
    }
    canvas.dataset.drawn = "";
  }
}

// Two eyes below the glasses: a help that is no part of the key; and where the pen is.
function drawGuide(pen, data, at) {
  pen.clearRect(0, 0, data.width, data.height);
  pen.strokeStyle = pen.fillStyle = "#7a8290";
  pen.lineWidth = 1.5;
  if (data.eyes) {
    for (const x of [0.26, 0.74]) {
      pen.beginPath();
      pen.ellipse(x * data.width, 0.5 * data.height, 0.1 * data.width, 0.13 * data.height, 0, 0, 7);
      pen.stroke();
      pen.beginPath();
      pen.arc(x * data.width, 0.5 * data.height, 0.035 * data.width, 0, 7);
      pen.fill();
    }
  }
  if (at) {
    pen.beginPath();
    pen.arc(at.x, at.y, 5, 0, 7);
    pen.stroke();
  }
}
