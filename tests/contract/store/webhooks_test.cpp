// Webhook endpoints and deliveries on every driver.
#include <gmock/gmock.h>

#include "tests/contract/store/contract.hpp"

namespace erario::contract {
namespace {

using sample::id;
using sample::kNoon;
using testing::ElementsAre;
using testing::IsEmpty;

WebhookEndpoint endpoint(std::uint64_t number, std::string owner = "portal-norte") {
  WebhookEndpoint it;
  it.subscription = {
      id<EndpointId>(number), std::move(owner), false, {"payment.captured", "receipt.issued"}};
  it.url = "https://portal.example/hooks/" + std::to_string(number);
  it.secrets = {{"c2VjcmV0", kNoon + std::chrono::microseconds(3), std::nullopt},
                {"b2xk", kNoon, kNoon + std::chrono::hours(1)}};
  it.created_at = kNoon;
  return it;
}

WebhookDelivery delivery(std::uint64_t number, const WebhookEndpoint& to) {
  WebhookDelivery it;
  it.id = id<DeliveryId>(number);
  it.endpoint = to.subscription.endpoint;
  it.owner = to.subscription.owner;
  it.event = id<EventId>(number);
  it.type = "payment.captured";
  it.subject = id<PaymentId>(number).text();
  it.part = id<AttemptId>(number).text();
  it.payment = id<PaymentId>(number);
  it.created_at = it.due_at = kNoon;
  return it;
}

std::vector<DeliveryId> ids_of(const std::vector<WebhookDelivery>& rows) {
  std::vector<DeliveryId> ids;
  for (const WebhookDelivery& row : rows)
    ids.push_back(row.id);
  return ids;
}

TEST_P(StoreContract, AnEndpointComesBackAsItWasAndChangesOnlyForWhoSawItLast) {
  WebhookStore& hooks = store_->webhooks();
  const WebhookEndpoint made = endpoint(1);
  ASSERT_TRUE(hooks.add_endpoint(made).ok());
  auto read = *hooks.endpoint(made.subscription.endpoint);
  EXPECT_EQ(read.subscription.owner, "portal-norte");
  EXPECT_THAT(read.subscription.types, ElementsAre("payment.captured", "receipt.issued"));
  EXPECT_EQ(read.url, made.url);
  EXPECT_EQ(read.secrets.at(0).created_at, made.secrets[0].created_at);
  EXPECT_EQ(read.secrets.at(0).expires_at, std::nullopt);
  EXPECT_EQ(read.secrets.at(1).expires_at, kNoon + std::chrono::hours(1));
  EXPECT_EQ(hooks.endpoint(id<EndpointId>(9)).error().code, ErrorCode::kNotFound);

  WebhookEndpoint twin = endpoint(2);
  twin.url = made.url;
  EXPECT_EQ(hooks.add_endpoint(twin).error().code, ErrorCode::kStateConflict);
  twin.subscription.owner = "portal-sur";
  EXPECT_TRUE(hooks.add_endpoint(twin).ok());

  read.state = EndpointState::kDisabled;
  read.closed_at = kNoon + std::chrono::minutes(1);
  read.secrets.clear();
  ASSERT_TRUE(hooks.change_endpoint(read).ok());
  EXPECT_EQ(hooks.change_endpoint(read).error().code, ErrorCode::kStateConflict);
  const auto changed = *hooks.endpoint(made.subscription.endpoint);
  EXPECT_EQ(changed.state, EndpointState::kDisabled);
  EXPECT_EQ(changed.closed_at, read.closed_at);
  EXPECT_THAT(changed.secrets, IsEmpty());
  EXPECT_EQ(changed.version, 2);

  read = changed;
  read.state = EndpointState::kEnabled;
  read.closed_at.reset();
  ASSERT_TRUE(hooks.change_endpoint(read).ok());
  EXPECT_EQ(hooks.endpoint(made.subscription.endpoint)->closed_at, std::nullopt);
}

TEST_P(StoreContract, ALaneKnowsTheEnabledEndpointsAndADeletedOneFreesItsUrl) {
  WebhookStore& hooks = store_->webhooks();
  EXPECT_THAT(load_and_leave({}).subscriptions, IsEmpty());
  ASSERT_TRUE(hooks.add_endpoint(endpoint(1)).ok());
  WebhookEndpoint all = endpoint(2, "finanzas");
  all.subscription.everything = true;
  all.subscription.types.clear();
  ASSERT_TRUE(hooks.add_endpoint(all).ok());
  const auto known = load_and_leave({}).subscriptions;
  ASSERT_EQ(known.size(), 2U);
  EXPECT_THAT(known[0].types, ElementsAre("payment.captured", "receipt.issued"));
  EXPECT_TRUE(known[1].everything);
  EXPECT_THAT(known[1].types, IsEmpty());
  WebhookEndpoint gone = *hooks.endpoint(id<EndpointId>(1));
  gone.state = EndpointState::kDeleted;
  gone.closed_at = kNoon;
  ASSERT_TRUE(hooks.change_endpoint(gone).ok());
  EXPECT_EQ(load_and_leave({}).subscriptions.size(), 1U);
  EXPECT_EQ(hooks.endpoints("")->size(), 1U);
  EXPECT_THAT(*hooks.endpoints("portal-norte"), IsEmpty());
  EXPECT_EQ(hooks.endpoints_to_serve(kNoon - std::chrono::hours(1))->size(), 2U);
  EXPECT_EQ(hooks.endpoints_to_serve(kNoon)->size(), 1U);
  WebhookEndpoint next = endpoint(3);
  next.url = gone.url;
  EXPECT_TRUE(hooks.add_endpoint(next).ok());
}

TEST_P(StoreContract, ADeliveryIsWrittenOnceDueInItsLaneAndChangedByItsTries) {
  WebhookStore& hooks = store_->webhooks();
  const WebhookEndpoint to = endpoint(1);
  ASSERT_TRUE(hooks.add_endpoint(to).ok());
  const EndpointId endpoint_id = to.subscription.endpoint;
  ASSERT_EQ(
      commit_with(1,
                  [&](Changes& changes) {
                    changes.new_deliveries = {delivery(1, to), delivery(2, to), delivery(3, to)};
                    changes.new_deliveries[1].due_at = kNoon + std::chrono::hours(1);
                    changes.new_deliveries[2].payment.reset();
                  }),
      CommitStatus::kCommitted);
  // The same event for the same endpoint, under another id.
  EXPECT_EQ(commit_with(2,
                        [&](Changes& changes) {
                          changes.new_deliveries = {delivery(4, to)};
                          changes.new_deliveries[0].event = id<EventId>(1);
                        }),
            CommitStatus::kConflict);
  EXPECT_THAT(ids_of(*hooks.due(endpoint_id, kNoon, 10)),
              ElementsAre(id<DeliveryId>(1), id<DeliveryId>(3)));
  EXPECT_THAT(ids_of(*hooks.due(endpoint_id, kNoon, 1)), ElementsAre(id<DeliveryId>(1)));
  EXPECT_EQ(hooks.due(endpoint_id, kNoon + std::chrono::hours(1), 10)->size(), 3U);
  EXPECT_THAT(*hooks.due(id<EndpointId>(7), kNoon, 10), IsEmpty());
  EXPECT_EQ(reader().stats()->deliveries_due, 3);
  EXPECT_EQ(reader().stats()->oldest_delivery, kNoon);

  WebhookDelivery tried = *hooks.delivery(id<DeliveryId>(1));
  EXPECT_EQ(tried.payment, id<PaymentId>(1));
  EXPECT_EQ(tried.tried_at, std::nullopt);
  tried.state = DeliveryState::kDead;
  tried.tries = 17;
  tried.status = 503;
  tried.failure = "http_503";
  tried.excerpt = "no, «later»";
  tried.tried_at = kNoon + std::chrono::minutes(2);
  ASSERT_EQ(commit_with(3, [&](Changes& changes) { changes.updated_deliveries = {tried}; }),
            CommitStatus::kCommitted);
  const auto read = *hooks.delivery(tried.id);
  EXPECT_EQ(read.state, DeliveryState::kDead);
  EXPECT_EQ(read.tries, 17);
  EXPECT_EQ(read.status, 503);
  EXPECT_EQ(read.failure, "http_503");
  EXPECT_EQ(read.excerpt, tried.excerpt);
  EXPECT_EQ(read.tried_at, tried.tried_at);
  EXPECT_EQ(read.event, id<EventId>(1));
  EXPECT_EQ(reader().stats()->deliveries_dead, 1);
  EXPECT_EQ(hooks.delivery(id<DeliveryId>(9)).error().code, ErrorCode::kNotFound);
}

TEST_P(StoreContract, TheLogOfDeliveriesIsFilteredAndPaged) {
  WebhookStore& hooks = store_->webhooks();
  const WebhookEndpoint norte = endpoint(1);
  const WebhookEndpoint sur = endpoint(2, "portal-sur");
  ASSERT_EQ(commit_with(1,
                        [&](Changes& changes) {
                          changes.new_deliveries = {delivery(1, norte), delivery(2, norte),
                                                    delivery(3, sur), delivery(4, norte)};
                          changes.new_deliveries[3].payment = id<PaymentId>(1);
                          changes.new_deliveries[3].state = DeliveryState::kDelivered;
                        }),
            CommitStatus::kCommitted);
  struct Case {
    DeliveryFilter filter;
    std::vector<std::uint64_t> expected;
  };
  const std::vector<Case> cases{
      {{}, {4, 3, 2, 1}},
      {{"portal-norte", {}, {}, {}}, {4, 2, 1}},
      {{"portal-norte", {}, DeliveryState::kDue, {}}, {2, 1}},
      {{"", id<EndpointId>(2), {}, {}}, {3}},
      {{"portal-norte", id<EndpointId>(2), {}, {}}, {}},
      {{"", {}, DeliveryState::kDelivered, {}}, {4}},
      {{"", {}, {}, id<PaymentId>(1)}, {4, 1}},
      {{"portal-sur", {}, {}, id<PaymentId>(1)}, {}},
      {{"", id<EndpointId>(1), DeliveryState::kDue, id<PaymentId>(1)}, {1}},
  };
  for (std::size_t at = 0; at < cases.size(); ++at) {
    std::vector<DeliveryId> expected;
    for (const std::uint64_t number : cases[at].expected)
      expected.push_back(id<DeliveryId>(number));
    EXPECT_EQ(ids_of(hooks.deliveries(cases[at].filter, {50, ""})->rows), expected) << at;
  }
  const auto first = *hooks.deliveries({}, {3, ""});
  const auto second = *hooks.deliveries({}, {3, first.next});
  EXPECT_EQ(first.rows.size(), 3U);
  EXPECT_THAT(ids_of(second.rows), ElementsAre(id<DeliveryId>(1)));
  EXPECT_EQ(second.next, "");
  EXPECT_EQ(hooks.deliveries({}, {3, "nothing"}).error().code, ErrorCode::kFieldInvalid);
}

TEST_P(StoreContract, WhatEndedLongAgoIsPrunedOldestFirstAndNothingElse) {
  WebhookStore& hooks = store_->webhooks();
  const WebhookEndpoint to = endpoint(1);
  const Instant before = kNoon + std::chrono::milliseconds(6);  // of id 6
  ASSERT_EQ(commit_with(1,
                        [&](Changes& changes) {
                          for (std::uint64_t number = 1; number <= 7; ++number) {
                            WebhookDelivery it = delivery(number, to);
                            it.created_at = kNoon + std::chrono::milliseconds(number);
                            it.state = DeliveryState::kDelivered;
                            it.tried_at = it.created_at;
                            changes.new_deliveries.push_back(std::move(it));
                          }
                          changes.new_deliveries[1].state = DeliveryState::kDue;
                          changes.new_deliveries[2].state = DeliveryState::kDead;
                          changes.new_deliveries[3].tried_at = before;  // sent again lately
                        }),
            CommitStatus::kCommitted);
  const auto left = [&] { return ids_of(hooks.deliveries({}, {50, ""})->rows); };
  EXPECT_EQ(*hooks.prune(kNoon, 10), 0);
  EXPECT_EQ(left().size(), 7U);
  EXPECT_EQ(*hooks.prune(before, 2), 2);
  EXPECT_THAT(left(), ElementsAre(id<DeliveryId>(7), id<DeliveryId>(6), id<DeliveryId>(5),
                                  id<DeliveryId>(4), id<DeliveryId>(2)));
  EXPECT_EQ(*hooks.prune(before, 2), 1);
  EXPECT_EQ(*hooks.prune(before, 2), 0);
  EXPECT_THAT(left(), ElementsAre(id<DeliveryId>(7), id<DeliveryId>(6), id<DeliveryId>(4),
                                  id<DeliveryId>(2)));
  EXPECT_EQ(hooks.delivery(id<DeliveryId>(5)).error().code, ErrorCode::kNotFound);
}

TEST_P(StoreContract, ALaneKnowsWhosePaymentADepositWasFor) {
  Payment owned = sample::payment(1);
  Deposit held = sample::deposit(1);
  held.payment = owned.id;
  ASSERT_EQ(commit_with(1,
                        [&](Changes& changes) {
                          sample::create(changes, {owned});
                          changes.deposits = {held};
                        }),
            CommitStatus::kCommitted);
  LoadKeys keys;
  keys.deposits = {held.id};
  EXPECT_EQ(load_and_leave(keys).owners.at(owned.id), "portal-norte");
}

TEST_P(StoreContract, WhatADeadProcessOwedToPortalsAnotherOneDelivers) {
  const WebhookEndpoint to = endpoint(1);
  ASSERT_TRUE(store_->webhooks().add_endpoint(to).ok());
  ASSERT_EQ(commit_with(1, [&](Changes& changes) { changes.new_deliveries = {delivery(1, to)}; }),
            CommitStatus::kCommitted);
  auto other = open_store(place_->url(), OpenMode::kReadWrite);
  auto other_lane = (*other)->open_lane();
  ASSERT_TRUE(other_lane.ok());
  EXPECT_THAT(*(*other)->webhooks().due(to.subscription.endpoint, kNoon, 10), IsEmpty());
  close();  // the process that decided is gone
  auto third = open_store(place_->url(), OpenMode::kReadWrite);
  auto third_lane = (*third)->open_lane();
  // The first lane is free: who starts next takes it, or who looks adopts it.
  EXPECT_EQ((*third)->webhooks().due(to.subscription.endpoint, kNoon, 10)->size(), 1U);
}

}  // namespace
}  // namespace erario::contract
