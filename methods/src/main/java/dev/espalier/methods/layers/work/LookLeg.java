package dev.espalier.methods.layers.work;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.methods.layers.DepthAndWidth;
import dev.espalier.methods.layers.LayersKeys;
import dev.espalier.methods.layers.LayersSettings;
import dev.espalier.methods.layers.Selection;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;

/**
 * How many layers the model has, {@code {"layers": 30}}, and where the choice follows from what streams through them, {@code
 * "influence": [..]} or {@code "angles": [..]}; where it follows from the layers' weights, {@code "sizes": [..]}; where the
 * first ones stay, how well they predict by themselves, {@code "tables": [..]}.
 */
record LookLeg(Bench bench) implements LegWork {

    /** @throws dev.espalier.protocol.UserError if not as many layers can go as the configuration asks for */
    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) {
        RunConfig config = bench.config();
        LayersSettings settings = LayersKeys.of(config);
        int layers = bench.folder().config().layers().size();
        int going = DepthAndWidth.going(config, layers);
        ObjectNode found = JsonNodeFactory.instance.objectNode().put("layers", layers);
        if (settings.select() == Selection.BLOCK_INFLUENCE) {
            put(found.putArray("influence"), streams().influence(LayersWork.chosenOn(bench)));
        } else if (settings.select() == Selection.ANGULAR) {
            put(found.putArray("angles"), streams().angles(LayersWork.chosenOn(bench), going));
        } else if (settings.select() == Selection.TAYLOR) {
            put(found.putArray("sizes"), Sizes.taylor(bench.intact(), LayersWork.chosenOn(bench)));
        } else if (settings.select() == Selection.MAGNITUDE) {
            put(found.putArray("sizes"), Sizes.magnitude(bench.intact()));
        } else if (settings.select() == Selection.PREFIX) {
            prefixes(reporter).write(found);
        }
        return Results.measured(assignment.key(), found);
    }

    private Prefixes prefixes(Reporter reporter) {
        Depth depth = new Depth(bench.intact());
        int[][] rows = LayersWork.chosenOn(bench);
        int all = depth.layers() * Depth.chunks(rows).size();
        return Prefixes.of(depth, rows, done -> reporter.progressed(done, all, "layers looked at"));
    }

    private Streams streams() {
        return new Streams(new Depth(bench.intact()));
    }

    /** What is no number becomes null. */
    private static void put(ArrayNode array, double[] numbers) {
        for (double number : numbers) {
            if (Double.isFinite(number)) {
                array.add(number);
            } else {
                array.addNull();
            }
        }
    }
}
