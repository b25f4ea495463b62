package dev.espalier.coordinator.report;

public record Point(double x, double y) {}
