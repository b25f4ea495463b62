package dev.espalier.worker.model;

import ai.djl.ndarray.NDList;

/**
 * What is laid over the intact weights: masks and LoRA factors. Student and teachers differ in nothing else, so
 * changing roles is passing another variant.
 *
 * @param masks hidden [d], then heads [H] and ffn [I] of each layer, empty tensors where not masked; or an empty list
 * @param lora A [r,in] and B [out,r] for q, k, v, o, gate, up, down of each layer, empty tensors where absent; or an
 *     empty list
 * @param scale alpha / r
 */
public record Variant(NDList masks, NDList lora, double scale) {
    public static final Variant INTACT = new Variant(new NDList(), new NDList(), 0);
}
