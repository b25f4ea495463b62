/**
 * Checkpoints on disk: config.json and tokenizer.json of LLaMA-like models. Nothing here touches a tensor
 * engine. Files come from outside and are distrusted: every size is bounded and every offset checked before use, and
 * what is wrong is said in a {@link dev.espalier.protocol.UserError}.
 */
package dev.espalier.worker.checkpoint;
