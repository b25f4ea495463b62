package dev.espalier.monitoring.logs;

import java.util.function.Supplier;
import org.slf4j.MDC;

/**
 * The run that a thread works for, in the context of all that is logged meanwhile, whoever logs it: {@code %X{run}} of a
 * pattern. A thread that works for another has it {@linkplain #inherited handed on}.
 */
public final class LoggedRun {
    /** Its key in the context. */
    public static final String KEY = "run";

    private LoggedRun() {}

    /** Does work for the run. */
    public static <T> T during(String run, Supplier<T> work) {
        String before = MDC.get(KEY);
        MDC.put(KEY, run);
        try {
            return work.get();
        } finally {
            if (before == null) {
                MDC.remove(KEY);
            } else {
                MDC.put(KEY, before);
            }
        }
    }

    /** Does work for the run. */
    public static void during(String run, Runnable work) {
        during(run, () -> {
            work.run();
            return null;
        });
    }

    /** The same work, which logs as this thread does just now on whatever thread it is done. */
    public static Runnable inherited(Runnable work) {
        String run = MDC.get(KEY);
        return run == null ? work : () -> during(run, work);
    }
}
