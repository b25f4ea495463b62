package dev.espalier.coordinator.report;

record Point(double x, double y) {}
