package dev.espalier.worker.training;

import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Mix;
import dev.espalier.protocol.data.DomainLosses;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.work.Bench;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The domains of a run's training text, and how a model does on held-out text of each. */
public final class DomainTexts {
    private final Bench bench;
    private final Mix mix;
    private final List<String> domains;

    public DomainTexts(Bench bench) {
        this.bench = bench;
        this.mix = bench.config().data().mix();
        this.domains = bench.config().data().train().stream()
                .map(RunConfig.TextSource::domain)
                .toList();
    }

    /** Whether a slice ends beyond a measurement that is due, or with its leg. */
    boolean isDue(Work work) {
        int first = work.slice().firstStep();
        int last = first + work.steps();
        return !mix.isOff() && (last / mix.interval() > first / mix.interval() || last == work.until());
    }

    /** Losses of a student, domain by domain. */
    public DomainLosses measure(Decoder model, Variant student) {
        List<Double> losses = new ArrayList<>();
        for (String domain : domains) {
            losses.add(ValidationLoss.of(model, student, bench.heldOut(domain, mix.rows())));
        }
        return new DomainLosses(losses, bench.sequences().sizes());
    }

    /** What a line of metrics tells of them. */
    Map<String, Double> told(DomainLosses found) {
        Map<String, Double> told = new TreeMap<>();
        for (int i = 0; i < domains.size(); i++) {
            told.put(StepFields.LOSS_DOMAIN + domains.get(i), found.losses().get(i));
        }
        return told;
    }

    /** The shares of a slice, for its first line of metrics; none where they do not move. */
    Map<String, Double> shares(Work work) {
        Map<String, Double> told = new TreeMap<>();
        if (!mix.isOff()) {
            List<Double> shares = work.slice().data().shares();
            double sum = shares.stream().mapToDouble(Double::doubleValue).sum();
            for (int i = 0; i < domains.size(); i++) {
                told.put(StepFields.SHARE + domains.get(i), shares.get(i) / sum);
            }
        }
        return told;
    }
}
