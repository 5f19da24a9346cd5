namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>What a budget of hours would best be spent on.</summary>
/// <param name="Tokens">The unique training tokens there are.</param>
/// <param name="Hours">The budget.</param>
/// <param name="Best">The best single run there is on those tokens: where every option starts from.</param>
/// <param name="Options">By the loss they promise, the lowest first; those that nothing can be said of last.</param>
public sealed record Plan(double Tokens, double Hours, PlanRun Best, IReadOnlyList<PlanOption> Options);
