package dev.espalier.worker;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.data.Cursor;
import java.util.List;
import java.util.Optional;

/** Pieces of work as a coordinator would hand them out. */
public final class TinyWork {
    public static final Work CALIBRATE = Work.once(Work.Kind.BUILD, "scores", Work.Reads.NOTHING, Optional.empty());

    private static final int BATCH = 2;

    private TinyWork() {}

    /** @param teacher a version of 10 % sparsity; empty: the intact model */
    public static Work gates(
            Optional<BlobRef> student,
            Optional<BlobRef> calibration,
            int first,
            int until,
            List<Double> targets,
            Optional<BlobRef> teacher) {
        Work.Reads reads = Work.Reads.NOTHING
                .version(student)
                .blob(Work.Reads.CALIBRATION, calibration)
                .blob("teacher", teacher);
        String order = "{\"targets\":" + targets + ",\"teacher\":" + (teacher.isPresent() ? 10 : 0) + "}";
        return Work.train("gates", slice(first, targets.size()), until, reads, order);
    }

    public static Work teach(String model, int first, int until) {
        Work.Reads reads = Work.Reads.NOTHING.model(Optional.of(model));
        return Work.train("teach", slice(first, until - first), until, reads, Work.NO_ORDER);
    }

    private static Slice slice(int first, int steps) {
        Cursor start = Cursor.start(List.of(1.0));
        return new Slice(first, steps, 0, 0, start.after((long) first * BATCH));
    }

    public static Work build(String leg, Work.Reads reads, String writes) {
        return Work.once(Work.Kind.BUILD, leg, reads, Optional.of(writes));
    }

    public static Work evaluate(Optional<String> model) {
        return Work.once(Work.Kind.MEASURE, "before", Work.Reads.NOTHING.model(model), Optional.empty());
    }
}
