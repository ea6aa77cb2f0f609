-- Health of every kind of video.mux.com for Argo CD, as kstatus defines it: nothing is healthy before the operator has looked at
-- the newest spec. The same script serves all kinds; kustomization.yaml and docs/gitops.md show where it belongs.
local health = { status = "Progressing", message = "the operator has not looked at it yet" }
local status = obj.status or {}
if obj.metadata.deletionTimestamp ~= nil then
  health.message = "it is being deleted"
  return health
end
if obj.spec ~= nil and obj.spec.suspend then
  health.status = "Suspended"
  health.message = "spec.suspend is true"
  return health
end
if status.observedGeneration == nil or status.observedGeneration ~= obj.metadata.generation then
  return health
end
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local function is(kind)
  return conditions[kind] ~= nil and conditions[kind].status == "True"
end
local ready = conditions["Ready"]
if ready ~= nil then
  health.message = ready.message
end
if is("Stalled") then
  health.status = "Degraded"
  health.message = conditions["Stalled"].message
elseif is("Reconciling") then
  health.message = conditions["Reconciling"].message
elseif is("Ready") then
  health.status = "Healthy"
end
return health
