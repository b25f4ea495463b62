package dev.espalier.methods.policygradient.work;

import dev.espalier.methods.policygradient.PolicyGradient;
import dev.espalier.methods.policygradient.PolicyGradientKeys;
import dev.espalier.worker.work.Legs;
import java.util.Map;

/** What workers do for policy gradients. */
public final class PolicyGradientWork {
    public static final Legs LEGS = new Legs(
            PolicyGradientKeys.NAME,
            Map.of(
                    PolicyGradient.START, (bench, first) -> new StartLeg(bench),
                    PolicyGradient.LEARN, LearnLeg::new,
                    PolicyGradient.CUT, (bench, first) -> new CutLeg(bench)));

    private PolicyGradientWork() {}
}
