namespace MetricsGrains.Dashboard.Components.Inputs;

/// <param name="Note">Said beside it, quietly.</param>
public sealed record ComboboxOption(string Value, string Note = "");
