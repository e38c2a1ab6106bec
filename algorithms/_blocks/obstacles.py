"""What the numpy code leaves to stable-baselines3, and how it says so."""

from __future__ import annotations

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.distributions import CategoricalDistribution, DiagGaussianDistribution
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.common.preprocessing import is_image_space
from stable_baselines3.common.torch_layers import FlattenExtractor, MlpExtractor
from torch import nn

# A subclass that changes one of these is another policy.
_DEFINING_METHODS = (
    "forward",
    "evaluate_actions",
    "predict_values",
    "get_distribution",
    "extract_features",
    "_predict",
    "_get_action_dist_from_latent",
)
_OWNERS = ("log_std", "mlp_extractor.policy_net.", "mlp_extractor.value_net.", "action_net.", "value_net.")


def obstacle(policy: BasePolicy) -> str | None:
    """Why the numpy code cannot stand in for this policy, as a clause; None if it can."""
    if not isinstance(policy, ActorCriticPolicy):
        return f"{type(policy).__name__} is not an ActorCriticPolicy"
    for method in _DEFINING_METHODS:
        if getattr(type(policy), method) is not getattr(ActorCriticPolicy, method):
            return f"{type(policy).__name__} has its own {method}()"
    observations, actions = policy.observation_space, policy.action_space
    if not isinstance(observations, (spaces.Box, spaces.Discrete)):
        return f"the observation space is a {type(observations).__name__}"
    if isinstance(observations, spaces.Box) and policy.normalize_images and is_image_space(observations):
        return "the observations are images"
    if not isinstance(actions, (spaces.Box, spaces.Discrete)):
        return f"the action space is a {type(actions).__name__}"
    if isinstance(actions, spaces.Discrete) and actions.start != 0:
        return f"the discrete actions count from {actions.start}"
    if isinstance(actions, spaces.Box) and actions.dtype != np.float32:
        return f"the actions are {actions.dtype}, not float32"
    if policy.use_sde:
        return "use_sde is set"
    if type(policy.action_dist) not in (CategoricalDistribution, DiagGaussianDistribution):
        return f"the action distribution is a {type(policy.action_dist).__name__}"
    for extractor in (policy.pi_features_extractor, policy.vf_features_extractor):
        if type(extractor) is not FlattenExtractor:
            return f"the features extractor is a {type(extractor).__name__}"
    if type(policy.mlp_extractor) is not MlpExtractor:
        return f"the hidden layers are a {type(policy.mlp_extractor).__name__}"
    for body in (policy.mlp_extractor.policy_net, policy.mlp_extractor.value_net):
        if any(type(layer) is not nn.Linear or layer.bias is None for layer in body[0::2]):
            return "the hidden layers are not plain linear maps"
        activations = {type(layer) for layer in body[1::2]}
        if len(body) % 2 or len(activations) > 1 or activations - {nn.Tanh, nn.ReLU}:
            return f"the activation is {policy.activation_fn.__name__}, neither Tanh nor ReLU"
    for head in (policy.action_net, policy.value_net):
        if type(head) is not nn.Linear or head.bias is None:
            return f"an output layer is a {type(head).__name__}, not a plain linear map"
    for name, parameter in policy.named_parameters():
        if not name.startswith(_OWNERS):
            return f"the policy has a parameter {name}"
        if parameter.dtype != th.float32 or parameter.device.type != "cpu":
            return f"{name} is {parameter.dtype} on {parameter.device}, not float32 on the CPU"
        if not parameter.requires_grad:
            return f"{name} is frozen"
    return None


def optimizer_obstacle(policy: ActorCriticPolicy) -> str | None:
    """Why the flat Adam cannot continue this policy's optimizer, as a clause; None if it can."""
    optimizer = policy.optimizer
    if type(optimizer) is not th.optim.Adam:
        return f"the optimizer is {type(optimizer).__name__}, not Adam"
    held = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    if len(optimizer.param_groups) != 1 or set(held) != set(policy.parameters()):
        return "the optimizer does not hold all parameters in one group"
    for option in ("weight_decay", "amsgrad", "maximize"):
        if optimizer.param_groups[0][option]:
            return f"Adam's {option} is set"
    states = [optimizer.state.get(parameter) for parameter in held]
    if len({float(state["step"]) if state else 0.0 for state in states}) > 1:
        return "the optimizer has taken a different number of steps for different parameters"
    return None
