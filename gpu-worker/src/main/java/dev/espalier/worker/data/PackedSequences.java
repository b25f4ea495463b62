package dev.espalier.worker.data;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.data.Cursor;
import dev.espalier.worker.checkpoint.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.LongConsumer;

/**
 * An endless stream of training sequences, numbered from 0: sequence n is always the same for the same texts, seed and
 * weights, whoever asks and in whatever order. Documents are packed back to back and cut at fixed lengths; what is left
 * at a domain's end is not used. Within a domain every sequence appears once per epoch, each epoch in another order.
 */
public final class PackedSequences {
    private final List<Domain> domains;
    private final int length;
    private final long seed;
    private final Cursor start;

    /**
     * Texts that are mixed as one.
     *
     * @param name for messages
     * @param weight share of the sequences, relative to the other domains'; 0 leaves the domain out
     */
    public record Domain(String name, TokenCache tokens, double weight) {}

    /**
     * @param domains at least one of positive weight
     * @param window the sequences' length
     * @throws UserError if a domain is shorter than one sequence, a weight is no number >= 0, or all are 0
     */
    public PackedSequences(List<Domain> domains, Window window, long seed) {
        for (Domain domain : domains) {
            check(domain, window);
        }
        this.domains = domains.stream().filter(domain -> domain.weight() > 0).toList();
        if (this.domains.isEmpty()) {
            throw new UserError("No text has a positive weight, so there is nothing to train on.");
        }
        this.length = window.tokens();
        this.seed = seed;
        this.start = Cursor.start(this.domains.stream().map(Domain::weight).toList());
    }

    private static void check(Domain domain, Window window) {
        if (!(domain.weight() >= 0) || Double.isInfinite(domain.weight())) {
            throw new UserError("Domain '" + domain.name() + "' has the weight " + domain.weight()
                    + "; weights are numbers from 0 up.");
        }
        if (domain.weight() > 0) {
            window.require("Domain '" + domain.name() + "'", domain.tokens().tokens());
        }
    }

    /**
     * Opens configured sources, tokenising those that are not cached yet.
     *
     * @param separator token between documents, as for {@link TokenCache#open}
     * @param progress is told how many documents of the current source are tokenised
     * @throws UserError as the constructor, {@link TextSource} and {@link TokenCache}
     */
    public static PackedSequences open(
            List<RunConfig.TextSource> sources,
            Tokenizer tokenizer,
            OptionalInt separator,
            Path cacheFolder,
            Window window,
            long seed,
            LongConsumer progress) {
        List<Domain> domains = new ArrayList<>();
        for (RunConfig.TextSource source : sources) {
            TokenCache tokens =
                    TokenCache.open(TextSource.open(source, tokenizer), tokenizer, separator, cacheFolder, progress);
            domains.add(new Domain(source.domain(), tokens, source.weight()));
        }
        return new PackedSequences(domains, window, seed);
    }

    /** Distinct sequences of all domains together. */
    public long available() {
        return domains.stream().mapToLong(this::sequencesOf).sum();
    }

    /** Distinct sequences of each domain. */
    public List<Long> sizes() {
        return domains.stream().map(this::sequencesOf).toList();
    }

    /** @throws UserError if one of the {@code count} sequences from the cursor on comes for the second time */
    public void requireUnread(Cursor from, int count) {
        for (Cursor.Place place : from.places(count)) {
            Domain domain = domains.get(place.domain());
            if (place.sequence() >= sequencesOf(domain)) {
                throw new UserError("All " + sequencesOf(domain) + " sequences of domain '" + domain.name()
                        + "' were trained on once: give it more text, or set data.mix.exhausted = repeat.");
            }
        }
    }

    /** Tokens a sequence. */
    public int length() {
        return length;
    }

    /** Name of the domain that this sequence comes from. */
    public String domainOf(long sequence) {
        return domains.get(start.after(sequence).places(1).get(0).domain()).name();
    }

    /**
     * The sequences {@code first} to {@code first + count - 1}.
     *
     * @return [count][length] token ids
     */
    public int[][] batch(long first, int count) {
        return batch(start.after(first), count);
    }

    /**
     * The {@code count} sequences from the cursor on.
     *
     * @return [count][length] tokens: ids, or of what is only read their complements ({@link LearntTokens})
     * @throws UserError if it is one of other texts
     */
    public int[][] batch(Cursor from, int count) {
        if (from.next().size() != domains.size()) {
            throw new UserError("The run mixes " + from.next().size() + " texts and this worker has " + domains.size()
                    + " of positive weight: start both from one configuration.");
        }
        int[][] batch = new int[count][length];
        List<Cursor.Place> places = from.places(count);
        for (int i = 0; i < count; i++) {
            read(places.get(i), batch[i]);
        }
        return batch;
    }

    private void read(Cursor.Place place, int[] into) {
        Domain domain = domains.get(place.domain());
        long size = sequencesOf(domain);
        long epoch = place.sequence() / size;
        long key = Shuffle.mix(Shuffle.mix(seed ^ Shuffle.mix(place.domain())) + epoch);
        domain.tokens().read(new Shuffle(size, key).at(place.sequence() % size) * length, into);
    }

    private long sequencesOf(Domain domain) {
        return domain.tokens().tokens() / length;
    }
}
