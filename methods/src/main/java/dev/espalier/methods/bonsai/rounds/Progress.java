package dev.espalier.methods.bonsai.rounds;

import dev.espalier.methods.masked.Draw;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How far pruning is: a version of the student. Immutable, and a function of the seed and of losses alone, to the bit, on
 * whatever machine.
 *
 * @param gone the round in which each unit went; 0: it is there
 * @param now the round that is on, from 1
 * @param measured in it
 * @param steps that were learnt from or passed over
 */
public record Progress(Task task, int[] gone, int now, List<Step> measured, int steps) {
    /** How much more is tried than goes in a round, as the authors do. */
    private static final int TRIED = 2;

    /**
     * What a step measured.
     *
     * @param step of the stage, which its masks follow from
     * @param losses of the first and the second mask of each pair, nats a token; NaN where one was not finite
     */
    public record Step(int step, float[] losses) {}

    /** Before the first step. */
    public static Progress start(Task task) {
        return new Progress(task, new int[task.units()], 1, List.of(), 0);
    }

    /**
     * Whether each unit stays in a pair's first mask: of those that are tried chance leaves half, and the second mask leaves
     * the other half.
     *
     * @param pair number in the step
     */
    public boolean[] mask(Course course, int step, int pair, boolean second) {
        int[] tried = tried(course);
        boolean[] dropped = dropped(course, step, pair, tried.length);
        boolean[] stays = new boolean[gone.length];
        for (int unit = 0; unit < stays.length; unit++) {
            stays[unit] = isThere(unit);
        }
        for (int i = 0; i < tried.length; i++) {
            stays[tried[i]] = dropped[i] == second;
        }
        return stays;
    }

    private static boolean[] dropped(Course course, int step, int pair, int count) {
        Draw draw = new Draw(course.seed(), step, pair);
        boolean[] dropped = new boolean[count];
        for (int i = 0; i < count; i++) {
            dropped[i] = draw.next() < 0.5;
        }
        return dropped;
    }

    /** The share of the rounds that have decided, 0..1: as much of what the stage is to take is to be gone. */
    public double decided(Course course) {
        return Math.min(1, (now - 1.0) / course.rounds());
    }

    public boolean isThere(int unit) {
        return gone[unit] == 0 && task.costs()[unit] > 0;
    }

    /** Units among which the round decides, ascending: of each group those of the least worth, twice as much as goes. */
    int[] tried(Course course) {
        IntStream.Builder tried = IntStream.builder();
        double[] left = left(course);
        double[] taken = new double[left.length];
        int[] parts = task.parts();
        IntStream.range(0, gone.length)
                .filter(this::isThere)
                .boxed()
                .sorted(Comparator.comparingDouble(unit -> task.worth()[unit]))
                .forEachOrdered(unit -> {
                    int group = task.groups()[parts[unit]];
                    double cost = task.costs()[unit];
                    // One goes whole where half of it is asked for, and it is to be chosen among two.
                    double goes = cost / 2 <= left[group] ? Math.max(cost, left[group]) : left[group];
                    if (taken[group] < TRIED * goes) {
                        taken[group] += cost;
                        tried.add(unit);
                    }
                });
        return tried.build().sorted().toArray();
    }

    /** What must go of each group until the end of this round. */
    private double[] left(Course course) {
        double[] left = new double[task.remove().length];
        for (int group = 0; group < left.length; group++) {
            left[group] = task.remove()[group] * now / course.rounds();
        }
        int[] parts = task.parts();
        for (int unit = 0; unit < gone.length; unit++) {
            if (gone[unit] > 0) {
                left[task.groups()[parts[unit]]] -= task.costs()[unit];
            }
        }
        return left;
    }

    /**
     * Learns from a step that was measured beside the units that are there now.
     *
     * @throws IllegalArgumentException if there are not as many losses as masks
     */
    public Progress learnt(Course course, int step, float[] losses) {
        if (losses.length != 2 * course.pairs()) {
            throw new IllegalArgumentException(
                    "step " + step + " has the losses of " + losses.length + " masks instead of " + 2 * course.pairs());
        }
        List<Step> all = new ArrayList<>(measured);
        all.add(new Step(step, losses));
        Progress next = new Progress(task, gone, now, List.copyOf(all), steps + 1);
        return now < course.rounds() && all.size() >= course.steps() ? next.closed(course) : next;
    }

    /** A step that was measured beside other units than are there by now tells nothing of these. */
    public Progress passedOver() {
        return new Progress(task, gone, now, measured, steps + 1);
    }

    /** Whether the same units are there, and the same are tried. */
    public boolean isBeside(Progress other) {
        return now == other.now && Arrays.equals(gone, other.gone);
    }

    /** With all rounds over, whatever was measured of them. */
    public Progress finished(Course course) {
        Progress progress = this;
        while (progress.now <= course.rounds()) {
            progress = progress.closed(course);
        }
        return progress;
    }

    /** What dropping each of the tried units adds to the loss, nats a token; 0 if nothing was measured. */
    double[] effects(Course course) {
        int count = tried(course).length;
        List<boolean[]> masks = new ArrayList<>();
        List<Double> differences = new ArrayList<>();
        for (Step step : measured) {
            for (int pair = 0; pair < course.pairs(); pair++) {
                double difference = (double) step.losses()[2 * pair] - step.losses()[2 * pair + 1];
                if (Double.isFinite(difference)) {
                    masks.add(dropped(course, step.step(), pair, count));
                    differences.add(difference);
                }
            }
        }
        return differences.isEmpty() || count == 0
                ? new double[count]
                : Ridge.fit(
                        masks.toArray(boolean[][]::new),
                        differences.stream().mapToDouble(d -> d).toArray(),
                        count);
    }

    /** After this round: the tried units that add least go, as near to what shall go as they come; a part keeps one. */
    private Progress closed(Course course) {
        int[] tried = tried(course);
        double[] effects = effects(course);
        double[] left = left(course);
        int[] parts = task.parts();
        int[] there = new int[task.groups().length];
        IntStream.range(0, gone.length).filter(this::isThere).forEach(unit -> there[parts[unit]]++);
        int[] next = gone.clone();
        IntStream.range(0, tried.length)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(i -> effects[i])
                        .thenComparingDouble(i -> task.worth()[tried[i]]))
                .forEachOrdered(i -> {
                    int unit = tried[i];
                    int group = task.groups()[parts[unit]];
                    double cost = task.costs()[unit];
                    if (cost / 2 <= left[group] && there[parts[unit]] > 1) {
                        left[group] -= cost;
                        there[parts[unit]]--;
                        next[unit] = now;
                    }
                });
        return new Progress(task, next, now + 1, List.of(), steps);
    }
}
