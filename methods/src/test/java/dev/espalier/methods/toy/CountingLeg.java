package dev.espalier.methods.toy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.data.Cursor;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import dev.espalier.protocol.safetensors.StudentTensors;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Steps that count tokens: each adds to the number of a unit, the more the later its slice comes.
 *
 * @param units numbers that are counted
 * @param batch sequences of a step
 */
record CountingLeg(Bench bench, int units, int batch) implements LegWork {
    private static final String COUNTS = "masks";

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        Work work = assignment.work();
        Optional<BlobRef> version = work.reads().version();
        float[] counts = version.isPresent() ? counts(bench.files().verify(version.get())) : new float[units];
        int weight = 1
                + new ObjectMapper()
                        .readTree(work.order())
                        .path(ToyMethod.MERGED)
                        .asInt();
        for (int i = 0; i < work.steps(); i++) {
            int step = work.slice().firstStep() + i;
            Hold.at(work.leg() + "-" + step);
            Cursor at = work.slice().data().after((long) i * batch);
            reporter.stepped(step(assignment, step, counts, bench.sequences().batch(at, batch), weight));
        }
        BlobRef student = bench.files().put(file -> write(file, counts));
        return Results.student(assignment.key(), student, 0, JsonNodeFactory.instance.objectNode());
    }

    private static StepMetrics step(Assignment assignment, int step, float[] counts, int[][] rows, int weight) {
        long sum = 0;
        for (int[] row : rows) {
            for (int token : row) {
                counts[(token + step) % counts.length] += weight;
                sum += token;
            }
        }
        return StepMetrics.of(assignment.key().stage(), step, (long) rows.length * rows[0].length, 0.01)
                .with(StepFields.LOSS, sum);
    }

    static float[] counts(Path student) {
        try (SafetensorsReader reader = SafetensorsReader.open(student)) {
            return reader.floats(COUNTS);
        }
    }

    /** A student as the coordinator knows them: what is learnt, with moments of an optimizer that there is none of. */
    private static void write(Path file, float[] counts) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (String suffix : new String[] {"", StudentTensors.FIRST, StudentTensors.SECOND}) {
            shapes.put(COUNTS + suffix, new long[] {counts.length});
        }
        try (SafetensorsWriter writer = SafetensorsWriter.createFile(file, shapes, Map.of("espalier.student", "1"))) {
            writer.add(COUNTS, counts);
            writer.add(COUNTS + StudentTensors.FIRST, new float[counts.length]);
            writer.add(COUNTS + StudentTensors.SECOND, new float[counts.length]);
            writer.finish();
        }
    }
}
