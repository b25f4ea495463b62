package dev.espalier.coordinator.feed;

import dev.espalier.protocol.NewsBatch;
import dev.espalier.protocol.NewsId;
import dev.espalier.protocol.RunNews;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The latest news of a run, a bounded number of them. Not thread-safe. */
final class Backlog {
    /** A batch is a message of at most 128 KiB, and a character takes up to three bytes. */
    private static final int MOST_CHARACTERS = 32 * 1024;

    /** So many epochs that are over are remembered. */
    private static final int MOST_EPOCHS = 64;

    private final int most;
    private final Deque<RunNews> kept = new ArrayDeque<>();

    /** The last that was dropped or never arrived before the oldest kept. */
    private NewsId before = NewsId.START;

    private NewsId last = NewsId.START;

    /** Epochs before the present one, the oldest first: what still arrives of them is too late. */
    private final Deque<Long> over = new ArrayDeque<>();

    /** Numbers up to which epochs told of a run that was removed since. */
    private final Map<Long, Long> removed = new HashMap<>();

    /** @param most how many are kept */
    Backlog(int most) {
        this.most = most;
    }

    /** From where on news are of the run that has the name now. */
    NewsId last() {
        return kept.isEmpty() ? NewsId.START : last;
    }

    /** Adds what is new; what came twice, or from a run that has since begun anew, is left out. */
    void add(RunNews news) {
        NewsId id = news.id();
        boolean goesOn = id.epoch() == last.epoch();
        if (goesOn ? id.number() <= last.number() : over.contains(id.epoch())) {
            return;
        }
        if (!goesOn) {
            end(last.epoch());
        }
        boolean begins = id.number() == 1;
        if (!begins && !id.follows(last)) {
            keep(new RunNews(new NewsId(id.epoch(), id.number() - 1), NewsKind.MISSED.word(), "{}"));
        }
        keep(news);
    }

    private void end(long epoch) {
        over.addLast(epoch);
        if (over.size() > MOST_EPOCHS) {
            removed.remove(over.removeFirst());
        }
    }

    private void keep(RunNews news) {
        kept.addLast(news);
        last = news.id();
        if (kept.size() > most) {
            before = kept.removeFirst().id();
        }
    }

    /** The run was removed: all so far was about it, and nothing that comes is. The same epoch may go on. */
    void forget() {
        kept.clear();
        over.forEach(epoch -> removed.put(epoch, Long.MAX_VALUE));
        removed.put(last.epoch(), last.number());
        before = last;
    }

    /** What came after {@code position}, or its beginning if it is much. */
    NewsBatch after(NewsId position) {
        boolean fromStart = position.equals(NewsId.START);
        if (!fromStart && position.number() <= removed.getOrDefault(position.epoch(), -1L)) {
            return new NewsBatch(List.of(), false, true, position);
        }
        boolean first = position.equals(before);
        boolean known = first || kept.stream().anyMatch(news -> news.id().equals(position));
        boolean missed = !fromStart && !known;
        List<RunNews> batch = new ArrayList<>();
        int characters = 0;
        NewsId end = known || fromStart ? position : before;
        boolean passed = first || !known;
        for (RunNews news : kept) {
            if (!passed) {
                passed = news.id().equals(position);
                continue;
            }
            characters += news.data().length() + news.kind().length();
            if (characters > MOST_CHARACTERS && !batch.isEmpty()) {
                break;
            }
            batch.add(news);
            end = news.id();
        }
        return new NewsBatch(batch, missed, false, end);
    }
}
