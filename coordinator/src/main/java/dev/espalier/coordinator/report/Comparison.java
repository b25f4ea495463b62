package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ReportData.Row;
import dev.espalier.protocol.safetensors.Dtype;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs of one configuration that differ in method and target, side by side.
 *
 * @param config resolved configuration of the first run
 * @param dtype of the weights that they export
 * @param runs in the order in which they are done
 */
public record Comparison(String name, String config, Dtype dtype, List<ComparedRun> runs) {
    static final String PRUNED = "pruned";
    static final String RECOVERED = "recovered";

    /**
     * Models that can be held against each other.
     *
     * @param goal what they were to reach
     * @param target the share that the first of them is to lose
     * @param state pruned or recovered
     * @param rows their labels are the methods
     */
    record Group(String goal, double target, String state, List<Row> rows) {}

    Optional<Row> dense() {
        return runs.stream().flatMap(run -> run.dense().stream()).findFirst();
    }

    /** In the order of the runs, each once. */
    List<String> goals() {
        return runs.stream().map(ComparedRun::goal).distinct().toList();
    }

    List<String> methods() {
        return runs.stream().map(ComparedRun::method).distinct().toList();
    }

    /** Of each goal what was pruned, then what was recovered; those without rows are left out. */
    List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        for (String goal : goals()) {
            for (String state : List.of(PRUNED, RECOVERED)) {
                groups.add(new Group(goal, target(goal), state, rows(goal, state)));
            }
        }
        groups.removeIf(group -> group.rows().isEmpty());
        return groups;
    }

    private double target(String goal) {
        return runs.stream()
                .filter(run -> run.goal().equals(goal))
                .findFirst()
                .orElseThrow()
                .target();
    }

    private List<Row> rows(String goal, String state) {
        return runs.stream()
                .filter(run -> run.goal().equals(goal))
                .flatMap(run -> (state.equals(PRUNED) ? run.pruned() : run.recovered()).stream())
                .toList();
    }
}
