package dev.espalier.coordinator.feed;

import dev.espalier.protocol.NewsBatch;
import dev.espalier.protocol.NewsId;
import dev.espalier.protocol.RunNews;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The latest news of a run, a bounded number of them. Not thread-safe. */
final class Backlog {
    /** A batch is a message of at most 128 KiB, and a character takes up to three bytes. */
    private static final int MOST_CHARACTERS = 32 * 1024;

    private final int most;
    private final Deque<RunNews> kept = new ArrayDeque<>();

    /** The last that was dropped or never arrived before the oldest kept. */
    private NewsId before = NewsId.START;

    private NewsId last = NewsId.START;

    /** @param most how many are kept */
    Backlog(int most) {
        this.most = most;
    }

    NewsId last() {
        return last;
    }

    /** Adds what is new; what came twice, or from a run that has since begun anew, is left out. */
    void add(RunNews news) {
        NewsId id = news.id();
        if (id.compareTo(last) <= 0) {
            return;
        }
        boolean begins = id.number() == 1;
        if (!begins && !id.follows(last)) {
            keep(new RunNews(new NewsId(id.epoch(), id.number() - 1), NewsKind.MISSED.word(), "{}"));
        }
        keep(news);
    }

    private void keep(RunNews news) {
        kept.addLast(news);
        last = news.id();
        if (kept.size() > most) {
            before = kept.removeFirst().id();
        }
    }

    /** What came after {@code position}, or its beginning if it is much. */
    NewsBatch after(NewsId position) {
        boolean fromStart = position.equals(NewsId.START);
        boolean known = position.equals(before)
                || kept.stream().anyMatch(news -> news.id().equals(position));
        boolean missed = !fromStart && !known;
        List<RunNews> batch = new ArrayList<>();
        int characters = 0;
        NewsId end = known || fromStart ? position : before;
        for (RunNews news : kept) {
            if (known && news.id().compareTo(position) <= 0) {
                continue;
            }
            characters += news.data().length() + news.kind().length();
            if (characters > MOST_CHARACTERS && !batch.isEmpty()) {
                break;
            }
            batch.add(news);
            end = news.id();
        }
        return new NewsBatch(batch, missed, end);
    }
}
