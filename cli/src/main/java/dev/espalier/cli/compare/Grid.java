package dev.espalier.cli.compare;

import dev.espalier.cli.targets.Speeds;
import dev.espalier.cli.targets.Targets;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.ConfigError;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfigReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All runs of a comparison, target by target: so that soon there is something of every method to look at, and a guess at
 * what the rest will take.
 *
 * @param name of the configuration's run
 * @param folder that the run folders are in
 */
record Grid(String name, Path folder, List<Combination> combinations) {
    /**
     * @param targets shares of the prunable parameters; none: what the configuration says
     * @param out empty: {@code runs/NAME-compared}
     * @param speeds tells how fast smaller models are, where a target asks for it
     * @throws UserError that tells everything that is wrong with any of the configurations
     */
    static Grid read(
            Path config,
            List<String> methods,
            List<BigDecimal> targets,
            Overrides overrides,
            Optional<Path> out,
            Speeds speeds)
            throws IOException {
        String name = RunConfigReader.name(config, overrides.all());
        Path folder = out.orElseGet(() -> Path.of("runs", name + "-compared"))
                .toAbsolutePath()
                .normalize();
        Problems problems = new Problems();
        List<Combination> combinations = new ArrayList<>();
        int all = 0;
        for (List<String> target : targets(targets)) {
            for (String method : methods) {
                all++;
                String place = method
                        + target.stream()
                                .map(share -> "-" + percent(new BigDecimal(share)))
                                .findFirst()
                                .orElse("");
                try {
                    ResolvedRun run = Targets.resolved(
                            RunConfigReader.read(
                                    config,
                                    overrides.of(method, target, name + "-" + place),
                                    Optional.of(folder.resolve(place))),
                            speeds);
                    check(run.config());
                    combinations.add(new Combination(method, run));
                } catch (ConfigError e) {
                    e.problems().forEach(problem -> problems.add(place, problem));
                } catch (UserError e) {
                    problems.add(place, e.getMessage());
                }
            }
        }
        problems.throwIfAny(all);
        if (combinations.stream()
                        .map(one -> one.run().config().export().dtype())
                        .distinct()
                        .count()
                > 1) {
            throw new UserError(
                    "--set: export.dtype differs between methods, so that their sizes could not be compared:"
                            + " set it for all");
        }
        return new Grid(name, folder, combinations);
    }

    /** Each as it is set; one that sets nothing where none is named. */
    private static List<List<String>> targets(List<BigDecimal> targets) {
        return targets.isEmpty()
                ? List.of(List.of())
                : targets.stream().map(share -> List.of(share.toPlainString())).toList();
    }

    private static String percent(BigDecimal share) {
        return share.movePointRight(2).stripTrailingZeros().toPlainString();
    }

    private static void check(RunConfig config) {
        if (!config.stages().contains(Stage.PRUNE) || !config.stages().contains(Stage.EVALUATE)) {
            throw new UserError("stages: methods are compared by what they prune and what is measured of it:"
                    + " there must be prune and evaluate");
        }
        if (config.evaluate().perplexity().isEmpty()
                && config.evaluate().choices().isEmpty()) {
            throw new UserError(
                    "evaluate.perplexity and evaluate.choices are empty: name a text or questions to compare"
                            + " the models by");
        }
    }
}
