namespace MetricsGrains.Storage.Alerting;

/// <summary>How a parameter is sent.</summary>
internal enum AlertValueKind : byte
{
    Text,
    Json,
    Number,
    Real,
    Flag,
    Uuid,
    Time,
}

/// <summary>A parameter of a statement. <see cref="IsNull"/>: the others say nothing but the kind.</summary>
/// <param name="Number">Also a flag (0, 1) and a time (Unix ms).</param>
internal readonly record struct AlertValue(AlertValueKind Kind, bool IsNull, string Text, long Number, double Real, Guid Uuid)
{
    public static AlertValue Of(string? text) => new(AlertValueKind.Text, text is null, text ?? "", 0, 0, default);

    public static AlertValue Of(long? number) => new(AlertValueKind.Number, number is null, "", number ?? 0, 0, default);

    public static AlertValue Of(double? real) => new(AlertValueKind.Real, real is null, "", 0, real ?? 0, default);

    public static AlertValue Of(bool flag) => new(AlertValueKind.Flag, false, "", flag ? 1 : 0, 0, default);

    public static AlertValue Of(Guid? uuid) => new(AlertValueKind.Uuid, uuid is null, "", 0, 0, uuid ?? default);

    public static AlertValue Json(string document) => new(AlertValueKind.Json, false, document, 0, 0, default);

    /// <param name="unixMs">Unix ms.</param>
    public static AlertValue Time(long? unixMs) => new(AlertValueKind.Time, unixMs is null, "", unixMs ?? 0, 0, default);
}
