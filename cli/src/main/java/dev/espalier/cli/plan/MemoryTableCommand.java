package dev.espalier.cli.plan;

import dev.espalier.protocol.config.PretrainConfig;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.model.Precision;
import dev.espalier.worker.pretrain.NewModel;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code espalier memory-table}: the memory of each stage by {@link StageMemory}, for docs/first-run.md. */
@Command(name = "memory-table", hidden = true, description = "Tell the memory of each stage for models of some sizes.")
public final class MemoryTableCommand implements Callable<Integer> {
    private static final double GIB = 1L << 30;
    private static final double SPARSITY = 0.2;

    /** @param says how it is called */
    private record Row(String says, LlamaConfig model) {}

    /** Shapes of SmolLM2-135M, TinyLlama and Llama 2. */
    private static final List<Row> MODELS = List.of(
            new Row("0.135 B", shape(30, 576, 9, 3, 1536, true, 49152)),
            new Row("1.1 B", shape(22, 2048, 32, 4, 5632, false, 32000)),
            new Row("7 B", shape(32, 4096, 32, 32, 11008, false, 32000)));

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.println("| parameters | training | calibrate | prune | recover | export | evaluate | most |");
        out.println("|---|---|---|---|---|---|---|---|");
        for (Row row : MODELS) {
            line(out, row, "LoRA, bf16", Precision.BF16, false);
            line(out, row, "LoRA, float32", Precision.F32, false);
            line(out, row, "all weights", Precision.BF16, true);
        }
        return 0;
    }

    private static void line(PrintWriter out, Row row, String training, Precision dtype, boolean allWeights) {
        StageMemory.Work work = StageMemory.Work.usual(dtype, allWeights);
        List<StageMemory> stages = StageMemory.of(row.model(), StageMemory.thinned(row.model(), SPARSITY), work);
        StringBuilder cells = new StringBuilder("| " + row.says() + " | " + training + " |");
        stages.forEach(stage -> cells.append(gib(stage.bytes())));
        long most = stages.stream().mapToLong(StageMemory::bytes).max().orElse(0);
        out.println(cells + gib(most));
    }

    private static String gib(long bytes) {
        return String.format(Locale.ROOT, " %.1f |", bytes / GIB);
    }

    private static LlamaConfig shape(
            int layers, int hidden, int heads, int kvHeads, int intermediate, boolean tied, int vocabulary) {
        PretrainConfig.Shape shape = new PretrainConfig.Shape(
                layers, hidden, heads, kvHeads, hidden / heads, intermediate, tied, 2048, 10_000, 1e-5);
        return NewModel.config(shape, vocabulary, 0);
    }
}
