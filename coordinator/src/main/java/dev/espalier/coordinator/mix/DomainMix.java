package dev.espalier.coordinator.mix;

import dev.espalier.coordinator.state.Measured;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Exhausted;
import dev.espalier.protocol.config.RunConfig.Mix;
import dev.espalier.protocol.config.RunConfig.Reference;
import dev.espalier.protocol.data.Cursor;
import dev.espalier.protocol.data.DomainLosses;
import dev.espalier.protocol.data.LossLaw;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Shares of a run's training texts. Its memory is the stages' notes: the newest says which shares hold, so that they are the
 * same after every replay and go back with the stage when that is done again.
 */
public final class DomainMix {
    /** The part of the first stage that trains: the intact model's losses, and how long the texts are. */
    public static final String REFERENCES = "references";

    private static final String NOTE = "data.mix";
    private static final String SHARE = "share.";
    private static final String LOSS = "loss.";
    private static final String REFERENCE = "reference.";

    private final Mix mix;
    private final List<String> domains;
    private final List<Double> weights;

    public DomainMix(RunConfig config) {
        RunConfig.Data data = config.data();
        mix = data.mix();
        domains = data.train().stream().map(RunConfig.TextSource::domain).toList();
        double sum =
                data.train().stream().mapToDouble(RunConfig.TextSource::weight).sum();
        weights = data.train().stream().map(text -> text.weight() / sum).toList();
    }

    /** Whether a note is of shares, and not of what its stage remembers itself. */
    public static boolean made(Note note) {
        return note.word().equals(NOTE);
    }

    /** Whether there is nothing to measure, and shares are the texts' weights. */
    public boolean isOff() {
        return mix.isOff();
    }

    /** What the newest measurement made of the shares; the texts' weights before the first. */
    public List<Double> shares(RunState state) {
        return notes(state)
                .reduce((earlier, later) -> later)
                .map(note -> domains.stream()
                        .map(domain -> note.numbers().get(SHARE + domain))
                        .toList())
                .orElse(weights);
    }

    /** The beginning of all texts. */
    public Cursor start() {
        return Cursor.start(weights);
    }

    /**
     * What a slice is handed out with.
     *
     * @param from where the one before it ends
     * @param sequences that it takes
     */
    public Cursor cursor(RunState state, Cursor from, long sequences) {
        List<Long> next = from.next();
        Cursor cursor = from.with(shares(state));
        List<Long> most = measured(state).map(DomainLosses::sequences).orElse(List.of());
        if (mix.exhausted() != Exhausted.LEAVE_OUT || most.isEmpty()) {
            return cursor;
        }
        for (int left = domains.size(); left > 1; left--) {
            List<Long> then = cursor.after(sequences).next();
            List<Double> shares = cursor.shares();
            List<Double> without = IntStream.range(0, domains.size())
                    .mapToObj(i -> isOver(next.get(i), then.get(i), most.get(i)) ? Double.valueOf(0) : shares.get(i))
                    .toList();
            // When nothing is left the worker says so: there it is known which text is how long.
            if (without.equals(shares) || without.stream().allMatch(share -> share == 0)) {
                return cursor;
            }
            cursor = cursor.with(without);
        }
        return cursor;
    }

    /**
     * Whether nothing is left of a domain, or less than would be taken. A domain of which nothing is left stays out of a slice that
     * would have passed it over, too: else the mix would go to and fro between two patterns and miss others' turns in both.
     */
    private static boolean isOver(long next, long then, long sequences) {
        return next >= sequences || then > sequences;
    }

    /** A step's line with how far each domain's loss is beyond its reference, where it has losses. */
    public StepMetrics told(RunState state, StepMetrics step) {
        boolean known = !mix.references().isEmpty() || measured(state).isPresent();
        if (mix.isOff() || !known) {
            return step;
        }
        StepMetrics told = step;
        for (int i = 0; i < domains.size(); i++) {
            double loss = step.value(StepFields.LOSS_DOMAIN + domains.get(i));
            if (!Double.isNaN(loss)) {
                told = told.with(
                        StepFields.GAP + domains.get(i),
                        loss - references(state).get(i));
            }
        }
        return told;
    }

    /** What a slice that was measured makes of the shares; empty of any other. */
    public Optional<Note> note(RunState before, WorkResult result) {
        if (mix.isOff()) {
            return Optional.empty();
        }
        return DomainLosses.in(result.measurements())
                .filter(found -> found.losses().size() == domains.size())
                .map(found -> note(shares(before), found.losses(), references(before)));
    }

    private Note note(List<Double> shares, List<Double> losses, List<Double> references) {
        List<Double> moved = Reweighting.next(mix, shares, losses, references);
        Map<String, Double> numbers = new TreeMap<>();
        for (int i = 0; i < domains.size(); i++) {
            numbers.put(SHARE + domains.get(i), moved.get(i));
            numbers.put(LOSS + domains.get(i), losses.get(i));
            numbers.put(REFERENCE + domains.get(i), references.get(i));
        }
        return new Note(NOTE, numbers, List.of());
    }

    /** The losses to reach, in the texts' order. */
    List<Double> references(RunState state) {
        if (mix.references().isEmpty()) {
            return measured(state)
                    .map(DomainLosses::losses)
                    .orElseThrow(() -> new IllegalStateException("the intact model was not measured before training"));
        } else if (mix.references().size() == 1) {
            return mix.references().get(0).losses();
        }
        List<Double> lawful = new ArrayList<>();
        for (int i = 0; i < domains.size(); i++) {
            int domain = i;
            lawful.add(LossLaw.through(
                            mix.references().stream()
                                    .mapToDouble(Reference::parameters)
                                    .toArray(),
                            mix.references().stream()
                                    .mapToDouble(model -> model.losses().get(domain))
                                    .toArray())
                    .orElseThrow()
                    .at(mix.parameters()));
        }
        return lawful;
    }

    private static Optional<DomainLosses> measured(RunState state) {
        return state.stages().stream()
                .flatMap(record -> record.measured().stream())
                .filter(measured -> measured.leg().equals(REFERENCES))
                .map(Measured::json)
                .reduce((earlier, later) -> later)
                .flatMap(DomainLosses::in);
    }

    private static Stream<Note> notes(RunState state) {
        return state.stages().stream()
                .map(StageRecord::notes)
                .flatMap(List::stream)
                .filter(DomainMix::made);
    }
}
