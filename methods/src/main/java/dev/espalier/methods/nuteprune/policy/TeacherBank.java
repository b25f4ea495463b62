package dev.espalier.methods.nuteprune.policy;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.config.RunConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The student versions that may teach, and whether teachers get denser again: what the stage's notes tell. A snapshot is a
 * note that keeps the version: nothing is copied.
 *
 * @param snapshots versions by their thresholds in per cent, ascending
 * @param turnedAt steps that were left when the curriculum turned round
 */
record TeacherBank(Map<Integer, BlobRef> snapshots, OptionalInt turnedAt) {
    private static final String TEACHER = "teacher";
    private static final String PERCENT = "percent";
    private static final String TURNED = "turned";
    private static final String REMAINING = "remaining";

    static TeacherBank of(List<Note> notes) {
        Map<Integer, BlobRef> snapshots = new TreeMap<>();
        OptionalInt turnedAt = OptionalInt.empty();
        for (Note note : notes) {
            switch (note.word()) {
                case TEACHER ->
                    snapshots.put(
                            note.numbers().get(PERCENT).intValue(), note.keeps().get(0));
                case TURNED ->
                    turnedAt = OptionalInt.of(note.numbers().get(REMAINING).intValue());
                default -> throw new IllegalArgumentException("nothing here notes " + note);
            }
        }
        return new TeacherBank(snapshots, turnedAt);
    }

    Curriculum curriculum(RunConfig.Prune prune) {
        return Curriculum.of(prune, List.copyOf(snapshots.keySet()), turnedAt);
    }

    Optional<BlobRef> snapshot(OptionalInt percent) {
        return percent.isPresent() ? Optional.ofNullable(snapshots.get(percent.getAsInt())) : Optional.empty();
    }

    /** What a curriculum has to note when it has become another. */
    static List<Note> notes(Curriculum before, Curriculum after, BlobRef version) {
        List<Note> notes = new ArrayList<>();
        for (int percent : after.recorded()
                .subList(before.recorded().size(), after.recorded().size())) {
            notes.add(new Note(TEACHER, Map.of(PERCENT, (double) percent), List.of(version)));
        }
        if (before.turnedAt().isEmpty() && after.turnedAt().isPresent()) {
            double remaining = after.turnedAt().getAsInt();
            notes.add(new Note(TURNED, Map.of(REMAINING, remaining), List.of()));
        }
        return notes;
    }
}
