/**
 * Whole layers go (docs/methods/layers.md): the top ones (Yuan et al., arXiv 2402.11700), those that turn the stream least
 * (ShortGPT, arXiv 2403.03853), a run that turns it least (Gromov et al., arXiv 2403.17887), those whose removal costs least
 * perplexity (Shortened LLaMA, arXiv 2402.02834), or greedily the one that costs least beside those that are gone; then a
 * repair in closed form (ReplaceMe, arXiv 2505.02819) where a held-out loss falls by it. Keys: {@code prune.layers}. Legs:
 * {@code look}, for {@code perplexity} and {@code greedy} pieces of {@code loss}, {@code cut}. Repaired of the authors' code:
 * the last layer's output is taken before the final norm, angles are clamped, means are over tokens, files keep their layers'
 * order and numbers, and no repair is believed on the strength of its squared error.
 */
package dev.espalier.methods.layers;
