package dev.espalier.coordinator;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which student versions join the teacher bank when a pruning slice is merged. A snapshot is a tag: nothing is copied. */
final class TeacherTagging {
    private TeacherTagging() {}

    /**
     * @param before the curriculum that chose the slice's teacher
     * @param record the stage before the merge; counts the steps that were merged, in whatever order
     * @param merged the version after the merge
     */
    static List<RunEvent> events(
            Curriculum before,
            Work.Train slice,
            StageRecord record,
            WorkResult result,
            Optional<BlobRef> merged,
            Instant at) {
        int remaining = slice.totalSteps() - record.steps();
        Optional<BlobRef> version = record.student();
        double sparsity = record.sparsity();
        if (!before.recordsTheStart()) {
            remaining -= slice.targets().size();
            version = merged;
            sparsity = result.expectedSparsity();
        }
        if (version.isEmpty()) {
            return List.of();
        }
        Curriculum after = before.record(sparsity, remaining);
        List<RunEvent> events = new ArrayList<>();
        for (int percent : after.recorded()
                .subList(before.recorded().size(), after.recorded().size())) {
            events.add(new RunEvent.TeacherTagged(percent, version.get(), at));
        }
        if (before.turnedAt().isEmpty() && after.turnedAt().isPresent()) {
            events.add(new RunEvent.TargetReached(after.turnedAt().getAsInt(), at));
        }
        return events;
    }
}
