package dev.espalier.worker.work;

import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.util.Map;
import java.util.TreeSet;

/**
 * The worker's half of a stage or of a way of pruning: what is done in each of its legs.
 *
 * @param name the stage's kind, or what {@code prune.method} calls it
 * @param byName openers by the names of the legs
 */
public record Legs(String name, Map<String, LegWork.Opener> byName) {

    /** @throws UserError if there is no such leg */
    LegWork open(Bench bench, Assignment first) throws IOException {
        String leg = first.work().part();
        LegWork.Opener opener = byName.get(leg);
        if (opener == null) {
            throw new UserError("this worker knows no leg " + leg + " of " + name + ", only "
                    + String.join(", ", new TreeSet<>(byName.keySet())) + ": use the same version on all nodes");
        }
        return opener.open(bench, first);
    }
}
