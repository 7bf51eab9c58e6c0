// What tests of the colours need: OKLCH to linear sRGB, how colour-blind eyes see it, contrast, and how far apart two colours are.
// Sources: Björn Ottosson, "A perceptual color space for image processing" (2020); Machado, Oliveira, Fernandes, "A physiologically-based
// model for simulation of color vision deficiency" (2009), severity 1.0; WCAG 2.2, relative luminance; CIE 142-2001, CIEDE2000.

export type Rgb = [number, number, number];
type Matrix = [Rgb, Rgb, Rgb];

const times = (matrix: Matrix, [x, y, z]: Rgb): Rgb => matrix.map((row) => row[0] * x + row[1] * y + row[2] * z) as Rgb;
const clamp = (rgb: Rgb) => rgb.map((value) => Math.min(1, Math.max(0, value))) as Rgb;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Linear sRGB; outside of 0 to 1 when no screen can show it. */
export function fromOklch(lightness: number, chroma: number, hue: number): Rgb {
  const a = chroma * Math.cos(radians(hue));
  const b = chroma * Math.sin(radians(hue));
  const cones = times([[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.291485548]], [lightness, a, b]);
  return times(
    [[4.0767416621, -3.3077115913, 0.2309699292], [-1.2684380046, 2.6097574011, -0.3413193965], [-0.0041960863, -0.7034186147, 1.707614701]],
    cones.map((value) => value ** 3) as Rgb,
  );
}

export const isShown = (rgb: Rgb) => rgb.every((value) => value > -0.001 && value < 1.001);

export const kEyes: Record<string, Matrix> = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

export const seenBy = (eye: string, rgb: Rgb): Rgb => clamp(times(kEyes[eye]!, clamp(rgb)));

export function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [a, b].map(([r, g, blue]) => 0.2126 * r + 0.7152 * g + 0.0722 * blue + 0.05).sort((x, y) => x - y) as [number, number];
  return light / dark;
}

function lab(rgb: Rgb): Rgb {
  const xyz = times([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]], clamp(rgb));
  const white = [0.95047, 1, 1.08883];
  const [x, y, z] = xyz.map((value, index) => {
    const t = value / white[index]!;
    return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
  }) as Rgb;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIEDE2000: 1 is just visible side by side. */
export function difference(first: Rgb, second: Rgb): number {
  const [l1, a1, b1] = lab(first);
  const [l2, a2, b2] = lab(second);
  const mean7 = ((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2) ** 7;
  const stretch = 1.5 - 0.5 * Math.sqrt(mean7 / (mean7 + 25 ** 7));
  const c1 = Math.hypot(a1 * stretch, b1);
  const c2 = Math.hypot(a2 * stretch, b2);
  const hue = (a: number, b: number) => ((Math.atan2(b, a * stretch) * 180) / Math.PI + 360) % 360;
  const [h1, h2] = [hue(a1, b1), hue(a2, b2)];
  const turn = ((h2 - h1 + 540) % 360) - 180;
  const l = (l1 + l2) / 2;
  const c = (c1 + c2) / 2;
  const h = h1 + turn / 2;
  const t =
    1 - 0.17 * Math.cos(radians(h - 30)) + 0.24 * Math.cos(radians(2 * h)) + 0.32 * Math.cos(radians(3 * h + 6)) - 0.2 * Math.cos(radians(4 * h - 63));
  const dl = (l2 - l1) / (1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2));
  const dc = (c2 - c1) / (1 + 0.045 * c);
  const dh = (2 * Math.sqrt(c1 * c2) * Math.sin(radians(turn / 2))) / (1 + 0.015 * c * t);
  const blue = 30 * Math.exp(-(((((h + 360) % 360) - 275) / 25) ** 2));
  const rotation = -2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) * Math.sin(radians(2 * blue));
  return Math.sqrt(dl ** 2 + dc ** 2 + dh ** 2 + rotation * dc * dh);
}
