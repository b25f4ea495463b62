package dev.espalier.coordinator.register;

import dev.espalier.protocol.RegisterEvent;
import dev.espalier.protocol.RunEntry;
import dev.espalier.protocol.RunList;
import dev.espalier.protocol.RunLookup;
import dev.espalier.protocol.config.NearestNames;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The runs that there are, as the register's events left them: a pure value.
 *
 * @param runs by name, the oldest first
 * @param expected those that are just being set going: what they answer before that says nothing
 */
record RegisterState(Map<String, RunEntry> runs, Set<String> expected) {
    static final RegisterState EMPTY = new RegisterState(Map.of(), Set.of());

    static final String PENDING = "PENDING";
    private static final String RUNNING = "RUNNING";
    private static final int MOST_SIMILAR = 5;

    RegisterState apply(RegisterEvent event) {
        Map<String, RunEntry> after = new LinkedHashMap<>(runs);
        Set<String> waiting = new LinkedHashSet<>(expected);
        if (event instanceof RegisterEvent.Expected e) {
            after.putIfAbsent(e.run(), new RunEntry(e.run(), e.directory(), PENDING, "", e.at(), Optional.empty()));
            waiting.add(e.run());
        } else if (event instanceof RegisterEvent.Seen e) {
            after.computeIfPresent(
                    e.run(),
                    (name, run) -> new RunEntry(
                            name, run.directory(), e.state(), e.stage(), run.submitted(), Optional.empty()));
            waiting.remove(e.run());
        } else if (event instanceof RegisterEvent.Forgotten e) {
            after.remove(e.run());
            waiting.remove(e.run());
        } else {
            throw new IllegalStateException("no rule for " + event.getClass());
        }
        return new RegisterState(Collections.unmodifiableMap(after), Collections.unmodifiableSet(waiting));
    }

    /** Whether {@code seen} is news. */
    boolean changes(RegisterEvent.Seen seen) {
        RunEntry known = runs.get(seen.run());
        return known != null
                && (expected.contains(seen.run())
                        || !known.state().equals(seen.state())
                        || !known.stage().equals(seen.stage()));
    }

    /** Runs that are at work, or were when they were last seen. */
    List<String> unfinished() {
        return runs.values().stream()
                .filter(run -> run.state().equals(RUNNING) || run.state().equals(PENDING))
                .map(RunEntry::run)
                .toList();
    }

    RunLookup find(String name) {
        RunEntry run = runs.get(name);
        return run != null
                ? new RunLookup(Optional.of(run), List.of())
                : new RunLookup(Optional.empty(), NearestNames.of(name, runs.keySet(), MOST_SIMILAR));
    }

    /** @param after the run that the page before ended with; empty or unknown: from the newest on */
    RunList page(String after, int limit) {
        List<RunEntry> newest = new ArrayList<>(runs.values());
        Collections.reverse(newest);
        int from = 0;
        for (int i = 0; i < newest.size(); i++) {
            if (newest.get(i).run().equals(after)) {
                from = i + 1;
            }
        }
        int to = Math.min(newest.size(), from + limit);
        return new RunList(List.copyOf(newest.subList(from, to)), to < newest.size());
    }
}
