package dev.espalier.coordinator.workforce;

import dev.espalier.monitoring.meters.WorkforceMeters;
import dev.espalier.protocol.AssignmentKey;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Who is free, and who wants whom: the workforce's decisions, without its messages. Each free worker goes to the run
 * that has the fewest, among those that want one; a run gets a worker back that served it last, since that one still
 * has its model open.
 *
 * @param <W> what stands for a worker
 */
final class Roster<W> {
    /** A worker is free, offered to a run, at work for it, or not to be given anything. */
    private enum Occupation {
        FREE,
        OFFERED,
        WORKING,
        /** At work on what nobody waits for, leaving, or not heard of. */
        UNAVAILABLE
    }

    private static final class Seat {
        private Occupation occupation = Occupation.UNAVAILABLE;
        private String run = "";
        private long offer;
        private Optional<AssignmentKey> key = Optional.empty();
    }

    /** A free worker for a run that wants one. */
    record Offer<W>(long number, String run, W worker) {}

    /** A run wants so many workers, but none of those. */
    private record Demand<W>(int count, Predicate<W> shunned) {}

    private final Map<W, Seat> seats = new LinkedHashMap<>();
    private final Map<AssignmentKey, W> working = new HashMap<>();
    private final Map<String, Demand<W>> demands = new LinkedHashMap<>();
    private long offers;

    /** The worker can be given work. */
    void free(W worker) {
        occupy(worker, Occupation.FREE);
    }

    /** The worker must not be given work; what it had is no longer expected from it. */
    void unavailable(W worker) {
        occupy(worker, Occupation.UNAVAILABLE);
    }

    private void occupy(W worker, Occupation occupation) {
        Seat seat = seats.computeIfAbsent(worker, key -> new Seat());
        seat.key.ifPresent(working::remove);
        seat.key = Optional.empty();
        seat.occupation = occupation;
    }

    void remove(W worker) {
        Seat seat = seats.remove(worker);
        if (seat != null) {
            seat.key.ifPresent(working::remove);
        }
    }

    boolean isOffered(W worker) {
        return seats.containsKey(worker) && seats.get(worker).occupation == Occupation.OFFERED;
    }

    /** What people are told of the worker. */
    WorkforceMeters.State state(W worker) {
        Occupation occupation = seats.containsKey(worker) ? seats.get(worker).occupation : Occupation.UNAVAILABLE;
        return switch (occupation) {
            case FREE, OFFERED -> WorkforceMeters.State.IDLE;
            case WORKING -> WorkforceMeters.State.BUSY;
            case UNAVAILABLE -> WorkforceMeters.State.UNAVAILABLE;
        };
    }

    /** What the worker was given and has not returned. */
    Optional<AssignmentKey> working(W worker) {
        return seats.containsKey(worker) ? seats.get(worker).key : Optional.empty();
    }

    /** Who works on it. */
    Optional<W> workerOf(AssignmentKey key) {
        return Optional.ofNullable(working.get(key));
    }

    /**
     * The run could hand out so many assignments now, besides those that it was offered workers for.
     *
     * @param shunned whom it wants for none of them
     */
    void want(String run, int assignments, Predicate<W> shunned) {
        if (assignments == 0) {
            demands.remove(run);
        } else {
            demands.put(run, new Demand<>(assignments, shunned));
        }
    }

    /** What was offered to the run is free again, and it wants nothing until it says so. */
    void withdraw(String run) {
        demands.remove(run);
        of(run).filter(seat -> seat.occupation == Occupation.OFFERED)
                .forEach(seat -> seat.occupation = Occupation.FREE);
    }

    /** What is being done for the run. */
    List<AssignmentKey> workFor(String run) {
        return of(run).flatMap(seat -> seat.key.stream()).toList();
    }

    /** The next free worker for the run that has the fewest of those that want one and do not shun all that are free. */
    Optional<Offer<W>> next() {
        return demands.keySet().stream()
                .filter(name -> offered(name) < demands.get(name).count())
                .sorted(Comparator.comparingLong(this::busy))
                .flatMap(run -> worker(run).map(worker -> new Offer<>(offers + 1, run, worker)).stream())
                .findFirst()
                .map(this::made);
    }

    private Offer<W> made(Offer<W> offer) {
        Seat seat = seats.get(offer.worker());
        seat.occupation = Occupation.OFFERED;
        seat.run = offer.run();
        seat.offer = ++offers;
        // The next in turn when several runs have as few.
        demands.put(offer.run(), demands.remove(offer.run()));
        return offer;
    }

    private Optional<W> worker(String run) {
        return seats.entrySet().stream()
                .filter(entry -> entry.getValue().occupation == Occupation.FREE)
                .filter(entry -> !demands.get(run).shunned().test(entry.getKey()))
                .min(Comparator.comparing(entry -> !entry.getValue().run.equals(run)))
                .map(Map.Entry::getKey);
    }

    /** The run gives an assignment to the worker that it was offered; empty if that is gone. */
    Optional<W> accept(long offer, AssignmentKey key) {
        Optional<W> worker = offered(offer);
        worker.map(seats::get).ifPresent(seat -> {
            seat.occupation = Occupation.WORKING;
            seat.key = Optional.of(key);
            working.put(key, worker.get());
            demands.computeIfPresent(
                    seat.run,
                    (run, demand) -> demand.count() > 1 ? new Demand<>(demand.count() - 1, demand.shunned()) : null);
        });
        return worker;
    }

    /** The run has nothing for the worker that it was offered, and wants no other until it says so. */
    void decline(long offer) {
        offered(offer).map(seats::get).ifPresent(seat -> {
            seat.occupation = Occupation.FREE;
            demands.remove(seat.run);
        });
    }

    private Optional<W> offered(long offer) {
        return seats.entrySet().stream()
                .filter(entry -> entry.getValue().occupation == Occupation.OFFERED && entry.getValue().offer == offer)
                .map(Map.Entry::getKey)
                .findFirst();
    }

    private long offered(String run) {
        return of(run).filter(seat -> seat.occupation == Occupation.OFFERED).count();
    }

    private long busy(String run) {
        return of(run).filter(seat -> seat.occupation == Occupation.OFFERED || seat.occupation == Occupation.WORKING)
                .count();
    }

    private Stream<Seat> of(String run) {
        return seats.values().stream().filter(seat -> seat.run.equals(run));
    }
}
