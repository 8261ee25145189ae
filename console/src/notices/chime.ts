/** Two soft notes, a fourth apart: hertz, and when each begins, in seconds. */
const NOTES = [
  [587.33, 0],
  [783.99, 0.13],
] as const;
const LENGTH = 0.5;
const LOUDNESS = 0.06;

let context: AudioContext | null = null;

/** A quiet sound, made here. A browser plays none before somebody has clicked or typed in the page. */
export async function chime() {
  context ??= new AudioContext();
  await context.resume();
  for (const [pitch, after] of NOTES) ring(context, pitch, context.currentTime + after);
}

function ring(audio: AudioContext, pitch: number, at: number) {
  const tone = new OscillatorNode(audio, { type: 'sine', frequency: pitch });
  const volume = new GainNode(audio, { gain: 0 });
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + LENGTH);
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + LENGTH);
}
