package dev.espalier.protocol.config;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfig.Granularity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which stages may follow which, and what rounds of pruning must reach. */
final class StageRules {
    private static final String ORDER =
            "must stand in their natural order: calibrate, prune, recover or pretrain, export, evaluate; all before export may come"
                    + " again";

    /**
     * What may come right after a stage of each kind, besides what {@link #prunes} tells of. Other kinds, which come with
     * methods, may stand anywhere between them.
     */
    private static final Map<String, Set<String>> FOLLOWERS = Map.of(
            "calibrate", Set.of("prune", "recover", "pretrain", "export", "evaluate"),
            "prune", Set.of("calibrate", "prune", "recover", "pretrain", "export", "evaluate"),
            "recover", Set.of("calibrate", "prune", "export", "evaluate"),
            "pretrain", Set.of("calibrate", "prune", "export", "evaluate"),
            "export", Set.of("evaluate"),
            "evaluate", Set.of());

    private static final Set<Granularity> IN_ROUNDS = Set.of(Granularity.HEADS, Granularity.FFN);

    private StageRules() {}

    static void check(RunConfig config, ConfigProblems problems) {
        List<String> wrong = new ArrayList<>(order(config.stages().stream()
                .filter(stage -> FOLLOWERS.containsKey(stage.kind()))
                .toList()));
        wrong.addAll(prunes(config.stages()));
        problems.require(wrong.isEmpty(), String.join("; ", wrong), "stages");
        rounds(config, problems);
    }

    private static List<String> order(List<Stage> stages) {
        List<String> wrong = new ArrayList<>();
        for (int i = 1; i < stages.size(); i++) {
            Stage before = stages.get(i - 1);
            Stage after = stages.get(i);
            if (!FOLLOWERS.get(before.kind()).contains(after.kind())) {
                wrong.add((wrong.isEmpty() ? ORDER + ", but " : "") + after + " comes right after " + before);
            }
        }
        return wrong;
    }

    /** What is for nothing without a prune stage before or after it. */
    private static List<String> prunes(List<Stage> stages) {
        List<String> wrong = new ArrayList<>();
        boolean calibrated = false;
        boolean pruned = false;
        for (Stage stage : stages) {
            String kind = stage.kind();
            boolean needs = stage.trainsWhatIsLeft() || kind.equals("export");
            if (needs && !pruned) {
                wrong.add(stage + " needs a pruned model: add prune before it, or leave " + stage + " out");
            } else if (stage.trainsWhatIsLeft() && calibrated) {
                wrong.add(stage + " comes after the calibration of the next round: put it before");
            }
            calibrated = kind.equals("calibrate") || (calibrated && !kind.equals("prune"));
            pruned |= kind.equals("prune");
        }
        if (pruned && calibrated) {
            wrong.add("the last calibrate is for nothing: add prune after it, or leave it out");
        }
        return wrong;
    }

    private static void rounds(RunConfig config, ConfigProblems problems) {
        RunConfig.Prune prune = config.prune();
        Target target = prune.target();
        int count = Rounds.of(config.stages()).count();
        problems.require(
                count > 0 || target.equals(Target.SPARSITY),
                "asks for a smaller model, but none of the stages is prune: leave it out, or add that stage",
                target.key(),
                "stages");
        numbers(prune, count, problems);
        problems.require(
                count < 2 || IN_ROUNDS.containsAll(prune.granularity()),
                "only heads and ffn can go in rounds, for a later one starts from a model with zeros in the places of what is"
                        + " gone, which norms and whole layers would notice: take the others out, or prune in one round",
                "prune.granularity",
                "stages");
        problems.require(
                count < 2 || !prune.faithful(),
                "knows one round: set prune.faithful = false, or prune once",
                "prune.faithful",
                "stages");
    }

    private static void numbers(RunConfig.Prune prune, int count, ConfigProblems problems) {
        Target target = prune.target();
        boolean share = target.equals(Target.SPARSITY);
        problems.require(
                count == 0 || count == (share ? prune.rounds().size() : target.rounds()),
                target instanceof Target.Shape
                        ? "is reached in one round: leave one prune, or give a number for each under another target"
                        : "must be a number for each prune among the stages, of which there "
                                + (count == 1 ? "is 1" : "are " + count)
                                + (count > 1 && share
                                        ? ": what is gone of the intact model after each, such as [0.1, 0.2]"
                                        : ""),
                target.key(),
                "stages");
        problems.require(
                share || !prune.isResolved() || prune.rounds().size() == target.rounds(),
                "must be as many as " + target.key() + " has: it is written by Espalier, leave it out",
                Target.SECTION + "." + TargetKeys.RESOLVED);
        problems.require(
                rises(prune.rounds()),
                share
                        ? "must rise from round to round: each number is what is gone of the intact model, and nothing comes"
                                + " back"
                        : "must fall from round to round, so far that each takes something away: nothing comes back",
                target.key());
    }

    private static boolean rises(List<Double> shares) {
        boolean rises = true;
        for (int i = 1; i < shares.size(); i++) {
            rises &= shares.get(i) > shares.get(i - 1);
        }
        return rises;
    }
}
