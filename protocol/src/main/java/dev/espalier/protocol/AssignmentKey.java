package dev.espalier.protocol;

/**
 * What makes a piece of work unique: a result is merged once per key, and a result of another attempt is dropped.
 *
 * @param run the run's name
 * @param stage the stage the work belongs to
 * @param sequence counts the assignments of a stage from 0; the data a slice sees follows from it
 * @param attempt counts the tries of this assignment from 1
 */
public record AssignmentKey(String run, Stage stage, long sequence, int attempt) {}
