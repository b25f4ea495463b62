package dev.espalier.worker.gguf;

import static dev.espalier.worker.gguf.SameText.model;

import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.export.ExportFormat;
import dev.espalier.worker.model.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Families with an architecture of their own in llama.cpp, as far as the version that is here loads them. */
class LlamaCppFamiliesTest {
    @TempDir
    private Path folder;

    @Test
    void graniteKeepsItsMultipliersWithAnyNumberOfHeads() throws IOException {
        for (int heads : new int[] {4, 2}) {
            SameText.check(
                    folder,
                    model(Map.of(
                            "model_type", "granite",
                            "num_attention_heads", heads,
                            "num_key_value_heads", 2,
                            "embedding_multiplier", 3.0,
                            "residual_multiplier", 0.4,
                            "attention_multiplier", 0.5,
                            "logits_scaling", 1.5)));
        }
    }

    @Test
    void layersThatDifferGoAsWhatHfPaddedMakesOfThem() throws IOException {
        Path ragged = SameText.source(
                folder,
                TinyModel.ragged(
                        model(Map.of("model_type", "granite", "residual_multiplier", 0.4)),
                        new LayerShape(4, 2, 24),
                        new LayerShape(2, 2, 7)));
        Path padded = Files.createDirectory(folder.resolve("padded"));
        try (ModelFolder opened = ModelFolder.open(ragged)) {
            ExportFormat.HF_PADDED.write(opened, "tiny", padded, Optional.empty());
        }
        SameText.check(padded);
    }

    @Test
    void phiIsALlamaWhoseTensorsAreApart() throws IOException {
        SameText.check(folder, model(Map.of("model_type", "phi3", "num_attention_heads", 6)));
        SameText.check(
                folder,
                TinyModel.ragged(
                        model(Map.of("model_type", "phi3")), new LayerShape(2, 1, 24), new LayerShape(4, 2, 7)));
    }

    @Test
    void smollmWhoseLayersAllTurnQueriesIsALlama() throws IOException {
        SameText.check(
                folder, model(Map.of("model_type", "smollm3", "num_attention_heads", 2, "tie_word_embeddings", false)));
    }

    @Test
    void olmoNormsWhatItsSubBlocksGive() throws IOException {
        for (boolean tied : new boolean[] {false, true}) {
            for (int kvHeads : new int[] {4, 2}) {
                SameText.check(
                        folder,
                        model(Map.of(
                                "model_type", "olmo2",
                                "num_key_value_heads", kvHeads,
                                "tie_word_embeddings", tied)));
            }
        }
    }

    /** llama.cpp b4916 ends the process with other numbers of layers; with 46 it scales scores by another number. */
    @Test
    void gemma2HasWindowsInEveryOtherLayerAndScoresOfItsOwn() throws IOException {
        for (int layers : new int[] {26, 42, 46}) {
            SameText.check(
                    folder,
                    model(Map.of(
                            "model_type",
                            "gemma2",
                            "num_hidden_layers",
                            layers,
                            "num_attention_heads",
                            6,
                            "sliding_window",
                            5,
                            "attn_logit_softcapping",
                            2.0,
                            "final_logit_softcapping",
                            3.0,
                            "query_pre_attn_scalar",
                            6)));
        }
    }

    /** With 62 layers llama.cpp scales scores by another number. */
    @Test
    void gemma3HasWindowsWithARotationOfTheirOwnButInEachSixthLayer() throws IOException {
        for (int layers : new int[] {13, 62}) {
            SameText.check(
                    folder,
                    model(Map.of(
                            "model_type",
                            "gemma3_text",
                            "num_hidden_layers",
                            layers,
                            "num_attention_heads",
                            6,
                            "sliding_window",
                            5,
                            "rope_scaling",
                            Map.of("rope_type", "linear", "factor", 2.0),
                            "query_pre_attn_scalar",
                            6)));
        }
    }
}
