// What a net says for the numbers of now: the sentences, the legend and the table of net/words.py and
// net/legend.py, in the language of the page.

const TERMS = 3; // in a row of the table

class NetWords {
  constructor(net) {
    this.net = net;
  }

  // What is to be known of a disc, in sentences.
  said(disc) {
    return this.sentences(disc).join(say(" "));
  }

  sentences(disc) {
    const { graded, flat } = this.net, { activation, slope, value } = disc;
    const found = [], size = Math.abs(disc.slopeNumber);
    if (!Number.isFinite(disc.x)) found.push(say("Its value is {number}.", { number: value }), this.origin(disc));
    const about = { sum: disc.total, activation, value };
    if (disc.off)
      found.push(graded ? say("Its sum is {sum}, where {activation} is flat: {value} goes on and no gradient comes back through it.", about)
        : say("Its sum is {sum}, where {activation} is flat: {value} goes on.", about));
    else if (disc.derivative !== null) found.push(this.effect(disc.derivative));
    if (activation && size > 0 && size < flat)
      found.push(say("{activation} is nearly flat there: its slope is {slope}, and so little of the gradient comes back.", { activation, slope }));
    if (disc.constant && graded) found.push(say("It is a constant of the program, so no gradient is stored in it."));
    return found;
  }

  effect(slope) {
    const result = this.net.of;
    if (!Number.isFinite(slope)) return say("Its gradient is {number}.", { number: number(slope) });
    if (slope === 0) return say("Nothing it does reaches {result} here.", { result });
    const about = { result, times: number(Math.abs(slope)) };
    return slope > 0 ? say("Raise it a little: {result} rises {times} times as much.", about)
      : say("Raise it a little: {result} falls {times} times as much.", about);
  }

  // Where an infinity or nan comes from: what a unit reads, a weight of its own, or itself.
  origin(disc) {
    const { hairs, discs } = this.net;
    const all = disc.hairs.map((k) => hairs[k]);
    if (all.some(({ source }) => source >= 0 && !Number.isFinite(discs[source].x))) return say("It came from what this unit reads.");
    const odd = all.find(({ weightNumber }) => !Number.isFinite(weightNumber));
    return odd ? say("Its weight {name} is {number}.", { name: odd.name, number: odd.weight }) : say("It begins here.");
  }

  // What a screen reader reads of a disc.
  title(disc) {
    const { name, where, value } = disc;
    const first = disc.gradientNumber === null ? say("{name}, {where}: value {value}.", { name, where, value })
      : say("{name}, {where}: value {value}, gradient {gradient}.", { name, where, value, gradient: number(disc.gradientNumber) });
    return [first, ...this.sentences(disc)].join(say(" ")).replaceAll("≈", say("about "));
  }

  // The picture in a few sentences.
  overview(mode) {
    const { net } = this, { discs, graded, flat } = net, [sample, samples] = net.sample;
    const found = [];
    if (samples > 1) found.push(say("Sample {number} of a batch of {all} (the first is 0); its gradients are its own part.", { number: sample, all: samples.toLocaleString("en") }));
    if (net.loss !== null) found.push(say("{name} is {number}.", { name: net.loss, number: number(net.result) }));
    if (!graded) found.push(say("There is no gradient yet: call backward() first."));
    const broken = discs.find(({ x }) => !Number.isFinite(x));
    if (broken) found.push(say("{what} begins at {name}.", { what: broken.value, name: broken.name }));
    const hidden = discs.filter(({ column, output }) => column && !output), all = hidden.length;
    const saturated = hidden.filter(({ activation, slopeNumber }) => activation && slopeNumber !== 0 && Math.abs(slopeNumber) < flat).length;
    const off = hidden.filter((disc) => disc.off).length;
    if (saturated) found.push(say("Saturated: {count} of {all} hidden units; little gradient passes.", { count: saturated, all }));
    if (off) found.push(graded ? say("Off: {count} of {all} hidden units; the gradient stops there.", { count: off, all })
      : say("Off: {count} of {all} hidden units.", { count: off, all }));
    const widest = this.widest(mode);
    return widest ? [...found, this.most(widest, mode)] : found;
  }

  // The hair that carries most.
  widest(mode) {
    let most = 0, found = null;
    for (const k of this.net.drawn) {
      const size = Math.abs(this.net.hairs[k].carriedIn(mode) ?? 0);
      if (size < Infinity && size > most) [most, found] = [size, this.net.hairs[k]];
    }
    return found;
  }

  // What it carries.
  most(widest, mode) {
    const [source, target] = [this.net.discs[widest.source], this.net.discs[widest.target]];
    const about = { source: source.name, target: target.name, number: number(widest.carriedIn(mode)) };
    if (mode === "weight") return say("The largest weight, {number}, leads from {source} to {target}.", about);
    if (mode === "activation") return say("The largest product, {number}, goes from {source} to {target}.", about);
    const text = say("Most gradient flows back from {target} to {source}: {number}.", about);
    return source.off ? [text, say("{name} is off, so it ends there.", { name: source.name })].join(say(" ")) : text;
  }

  // What colours and shapes mean, of what is there: [kind of sign, words].
  legend(mode) {
    const { net } = this, result = net.of;
    const isGradient = mode === "gradient";
    const numbers = net.hairs.filter(({ source }) => source >= 0).map((hair) => hair.carriedIn(mode) ?? 0);
    if (isGradient) numbers.push(...net.discs.map((disc) => disc.derivative ?? 0));
    const found = [];
    if (numbers.some((x) => x > 0)) found.push(["positive", isGradient ? say("▲ raise it: {result} rises", { result }) : say("positive")]);
    if (numbers.some((x) => x < 0)) found.push(["negative", isGradient ? say("▼ raise it: {result} falls", { result }) : say("negative")]);
    found.push(["wide", isGradient ? say("wide: much flows back") : mode === "weight" ? say("wide: a large weight") : say("wide: it adds much to a sum")]);
    if (net.discs.some((disc) => disc.off)) found.push(["off", say("off: nothing passes")]);
    if (![...numbers, ...net.discs.map(({ x }) => x)].every(Number.isFinite)) found.push(["broken", say("∞ or nan")]);
    return found;
  }

  // The picture as a table, without its head.
  rows() {
    const { hairs, discs } = this.net;
    const term = (k) => {
      const hair = hairs[k], source = discs[hair.source];
      return equal(source ? `${hair.name} × ${source.name} = ${hair.weight} × ${source.value} = ${hair.product}` : `${hair.name} = ${hair.weight}`);
    };
    return discs.map((disc) => {
      const terms = disc.hairs.slice(0, TERMS).map(term);
      if (disc.hairs.length > TERMS) terms.push(say("and {count} more", { count: disc.hairs.length - TERMS }));
      return [disc.name, disc.where, disc.total, disc.activation + (disc.off ? say(" (off)") : ""), disc.value, disc.gradient, terms.join(say("; "))];
    });
  }

  // Columns: the name of each, and what is done in it.
  head(k) {
    return this.net.heads[k];
  }

  done(k) {
    const discs = this.net.columns[k];
    const texts = [...new Set(discs.map(({ activation }) => activation).filter(Boolean))].map((text) => (text.length > 16 ? `${text.slice(0, 15)}…` : text));
    const off = discs.filter((disc) => disc.off).length;
    if (off) texts.push(discs.length > 1 ? say("{count} of {all} off", { count: off, all: discs.length }) : say("off"));
    return k ? texts.slice(0, 3).join(" · ") : "";
  }
}
