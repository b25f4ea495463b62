package dev.espalier.cli.compare;

import dev.espalier.protocol.UserError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is wrong with the runs of a comparison, each told once, however many runs it is wrong with. */
final class Problems {
    private final Map<String, List<String>> runs = new LinkedHashMap<>();

    void add(String run, String problem) {
        runs.computeIfAbsent(problem, unknown -> new ArrayList<>()).add(run);
    }

    /**
     * @param all how many runs there are
     * @throws UserError if something is wrong
     */
    void throwIfAny(int all) {
        List<String> told = new ArrayList<>();
        runs.forEach(
                (problem, wrong) -> told.add((wrong.size() == all ? "" : String.join(", ", wrong) + ": ") + problem));
        if (told.size() == 1) {
            throw new UserError(told.get(0));
        } else if (!told.isEmpty()) {
            throw new UserError(told.size() + " problems:\n  - " + String.join("\n  - ", told));
        }
    }
}
