package dev.espalier.methods.mutualinformation;

import dev.espalier.methods.oneshot.OneShotKeys;
import dev.espalier.protocol.config.ConfigProblems;
import dev.espalier.protocol.config.MethodKeys;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.StrictConfig;
import java.util.Set;

/** What {@code prune.method = mutual-information} reads and demands. */
public final class MutualInformationKeys implements MethodKeys<MutualInformationSettings> {
    /** Also of the metric that it chooses by. */
    public static final String NAME = "mutual-information";

    /** The metric of faithful runs. */
    public static final String FAITHFUL = NAME + "-faithful";

    /** Positions of text below which even independent channels seem to share information. */
    public static final int LEAST_POSITIONS = 256;

    private static final OneShotKeys SHOT = new OneShotKeys(NAME, true);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public MutualInformationSettings read(StrictConfig prune) {
        return new MutualInformationSettings(prune.section(NAME).flag("faithful"));
    }

    /** Its estimates are another metric's. */
    @Override
    public Set<String> scoring() {
        return Set.of("prune.mutual-information.faithful");
    }

    /** The metric that a run which prunes by this method chooses by. */
    public static String metric(RunConfig config) {
        return config.prune().own(NAME, MutualInformationSettings.class).faithful() ? FAITHFUL : NAME;
    }

    @Override
    public void check(RunConfig config, ConfigProblems problems) {
        RunConfig.Prune prune = config.prune();
        if (!prune.method().equals(NAME)) {
            return;
        }
        SHOT.check(config, problems);
        problems.require(
                metric(config).equals(NAME) || !prune.refit(),
                "fits nothing anew, for its authors do not: set prune.refit = false, or prune.mutual-information.faithful"
                        + " = false",
                "prune.mutual-information.faithful",
                "prune.refit");
        problems.require(
                config.calibrate().tokens() >= LEAST_POSITIONS,
                "is too little for prune.method = mutual-information, which needs " + LEAST_POSITIONS
                        + " positions of text: raise it",
                "calibrate.tokens",
                "prune.method");
    }
}
