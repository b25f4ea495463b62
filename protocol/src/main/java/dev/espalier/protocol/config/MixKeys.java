package dev.espalier.protocol.config;

import dev.espalier.protocol.config.RunConfig.Exhausted;
import dev.espalier.protocol.config.RunConfig.Mix;
import dev.espalier.protocol.config.RunConfig.MixKind;
import dev.espalier.protocol.config.RunConfig.Reference;
import dev.espalier.protocol.config.RunConfig.TextSource;
import dev.espalier.protocol.data.LossLaw;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The section {@code data.mix}, and what it demands of the texts. */
final class MixKeys {
    private static final int MOST_DOMAINS = 24;
    private static final String NAME = "[a-z0-9.-]{1,30}";
    private static final Range LOSS = Range.above(0, 1_000);

    private MixKeys() {}

    static Mix read(StrictConfig mix) {
        return new Mix(
                mix.word(new Words<>(MixKind.class), "kind"),
                mix.integer("interval", 1, 10_000_000),
                mix.integer("rows", 1, 65_536),
                mix.sections("references", ConfigFiles.documented("reference-model"), "losses").stream()
                        .map(model -> new Reference(
                                model.decimal("parameters", Range.from(0, 1e15)),
                                model.decimalOrSeveral("losses", LOSS)))
                        .toList(),
                mix.decimal("parameters", Range.from(0, 1e15)),
                mix.decimal("step-size", Range.above(0, 1_000)),
                mix.decimal("smoothing", Range.from(0, 1)),
                mix.flag("clamp"),
                mix.decimal("min-share", Range.from(0, 1)),
                mix.word(new Words<>(Exhausted.class), "exhausted"));
    }

    static void check(RunConfig.Data data, ConfigProblems problems) {
        Mix mix = data.mix();
        problems.require(
                !mix.isOff() || mix.exhausted() != Exhausted.LEAVE_OUT,
                "needs the texts' lengths, which are measured with their losses: set data.mix.kind = constant, with text of"
                        + " each domain in data.validation, or repeat or fail here",
                "data.mix.exhausted",
                "data.mix.kind");
        if (mix.isOff()) {
            return;
        }
        List<String> domains = data.train().stream().map(TextSource::domain).toList();
        Set<String> heldOut = data.validation().stream().map(TextSource::domain).collect(Collectors.toSet());
        List<String> without =
                domains.stream().filter(domain -> !heldOut.contains(domain)).toList();
        problems.require(
                domains.size() > 1 && new HashSet<>(domains).size() == domains.size(),
                "needs two texts or more in data.train, each with a domain of its own (now " + domains + ")",
                "data.mix.kind",
                "data.train");
        problems.require(
                domains.size() <= MOST_DOMAINS && domains.stream().allMatch(domain -> domain.matches(NAME)),
                "takes up to " + MOST_DOMAINS
                        + " domains with names of lower-case letters, digits, dot and hyphen, at most 30, which"
                        + " become names of what steps measure (now " + domains + ")",
                "data.mix.kind",
                "data.train");
        problems.require(
                without.isEmpty(),
                "measures each domain on text that is not trained on: add texts to data.validation with domain = "
                        + String.join(", ", without),
                "data.mix.kind",
                "data.train",
                "data.validation");
        problems.require(
                mix.minShare() * domains.size() < 1,
                "must be less than 1 / " + domains.size() + ", the number of domains",
                "data.mix.min-share",
                "data.train");
        references(mix, domains.size(), problems);
    }

    private static void references(Mix mix, int domains, ConfigProblems problems) {
        List<Reference> models = mix.references();
        problems.require(
                models.stream().allMatch(model -> model.losses().size() == domains),
                "must have a loss for each of the " + domains + " texts of data.train, in their order",
                "data.mix.references",
                "data.train");
        problems.require(
                models.size() < 2 || models.size() == LossLaw.MODELS,
                "must be empty, one model's losses, or those of " + LossLaw.MODELS + ", which a law is laid through",
                "data.mix.references");
        boolean law = models.size() == LossLaw.MODELS;
        problems.require(
                !law || mix.parameters() > 0,
                "must say for a model of how many parameters the law is asked",
                "data.mix.parameters",
                "data.mix.references");
        if (law && models.stream().allMatch(model -> model.losses().size() == domains)) {
            for (int domain = 0; domain < domains; domain++) {
                int at = domain;
                problems.require(
                        LossLaw.through(
                                        models.stream()
                                                .mapToDouble(Reference::parameters)
                                                .toArray(),
                                        models.stream()
                                                .mapToDouble(
                                                        model -> model.losses().get(at))
                                                .toArray())
                                .isPresent(),
                        "must have parameters and losses that fall on A N^-b + C with b from 0.0001 to 5, and the losses of text "
                                + (domain + 1) + " do not: give one model's losses instead",
                        "data.mix.references");
            }
        }
    }
}
