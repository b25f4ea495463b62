package dev.espalier.coordinator.report;

import java.util.List;
import java.util.Optional;

/**
 * What a model card says beyond the run's report.
 *
 * @param baseModel the dense model's name, such as {@code HuggingFaceTB/SmolLM2-135M}
 * @param license of the dense model, which the pruned one inherits, as an SPDX-like id; empty if unknown
 * @param data the training texts, a phrase each
 * @param settings how it was trained, a phrase each
 * @param loaders what loads the folder as it is
 */
public record ModelCardData(
        ReportData report,
        String baseModel,
        Optional<String> license,
        Shape before,
        Shape after,
        List<String> data,
        long seed,
        List<String> settings,
        Loaders loaders) {

    /**
     * @param alike the same shape in all layers, as vLLM wants it
     * @param dividing a hidden size that is a multiple of the number of heads, as transformers wants it besides
     * @param padded whether zeros can make it so
     * @param gguf whether it can be written for llama.cpp
     */
    public record Loaders(boolean alike, boolean dividing, boolean padded, boolean gguf) {
        public boolean transformers() {
            return alike && dividing;
        }
    }

    /**
     * @param heads query heads of each layer
     * @param kvHeads KV heads of each layer
     * @param intermediate FFN channels of each layer
     */
    public record Shape(
            int hidden,
            int headDim,
            int vocabulary,
            List<Integer> heads,
            List<Integer> kvHeads,
            List<Integer> intermediate) {
        public int layers() {
            return intermediate.size();
        }
    }
}
