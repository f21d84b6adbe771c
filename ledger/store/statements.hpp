// Every SQL statement of Erario, once, in the subset that SQLite and PostgreSQL share (see
// session.hpp for the tokens). The order of `parameters` is the order in which values are bound.
#pragma once

#include "ledger/store/session.hpp"

namespace erario::store::statements {

// ---- Aggregates: loading ----
extern const Statement kPaymentById;
extern const Statement kPaymentByClabe;
extern const Statement kPaymentByAttempt;
extern const Statement kPaymentByRefund;
extern const Statement kAttemptsOfPayment;
extern const Statement kRefundsOfPayment;
extern const Statement kPaymentOfQuote;
extern const Statement kPaymentsOfOwner;
extern const Statement kPaymentsOfReference;
extern const Statement kPaymentsAll;
extern const Statement kPaymentsToExpire;
extern const Statement kDepositById;
extern const Statement kDepositByKey;
extern const Statement kDepositByReturn;
extern const Statement kDepositPartsOfPayment;
extern const Statement kDepositsAll;
extern const Statement kDepositsOfState;
extern const Statement kDepositsOfSuspense;
extern const Statement kDepositsOfPayment;
extern const Statement kDisputeById;
extern const Statement kDisputeByAttempt;
extern const Statement kDisputesAll;
extern const Statement kDisputesOfState;
extern const Statement kDisputesOfPayment;

// ---- Aggregates: writing ----
extern const Statement kInsertPayment;
extern const Statement kInsertPaymentState;
extern const Statement kUpdatePaymentState;
extern const Statement kUpsertAttempt;
extern const Statement kUpsertRefund;
extern const Statement kUpsertDeposit;
extern const Statement kUpsertDispute;

// ---- Log, books, receipts ----
extern const Statement kInsertBatch;
extern const Statement kBatchExists;
extern const Statement kLastPosition;
extern const Statement kNextLane;
extern const Statement kInsertEvent;
extern const Statement kEventsOfSubject;
extern const Statement kChainHead;
extern const Statement kNextChain;
extern const Statement kInsertEntry;
extern const Statement kInsertPosting;
extern const Statement kAddBalance;
extern const Statement kBalances;
extern const Statement kEntryById;
extern const Statement kEntriesAfter;
extern const Statement kEntriesOfAccount;
extern const Statement kPostingsOfEntry;
extern const Statement kClearingPostings;
extern const Statement kInsertReceipt;
extern const Statement kReceiptById;
extern const Statement kReceiptByFolio;
extern const Statement kReceiptsOfPayment;

// ---- Outbox, inbound, answers, counters ----
extern const Statement kInsertJob;
extern const Statement kUpdateJob;
extern const Statement kJobsDue;
extern const Statement kLanesOwing;
extern const Statement kInsertInbound;
extern const Statement kInsertAnswer;
extern const Statement kAnswer;
extern const Statement kCounter;
extern const Statement kStartCounter;
extern const Statement kSetCounter;

// ---- Webhooks ----
extern const Statement kSubscriptions;
extern const Statement kOwnerOfPayment;
extern const Statement kInsertEndpoint;
extern const Statement kChangeEndpoint;
extern const Statement kEndpointById;
extern const Statement kEndpointsOfOwner;
extern const Statement kEndpointsAll;
extern const Statement kEndpointsToServe;
extern const Statement kInsertDelivery;
extern const Statement kUpdateDelivery;
extern const Statement kDeliveriesDue;
extern const Statement kPruneDeliveries;
extern const Statement kDeliveryById;
extern const Statement kDeliveriesOfPayment;
extern const Statement kDeliveriesOfEndpoint;
extern const Statement kDeliveriesOfOwner;
extern const Statement kDeliveriesAll;
extern const Statement kDeliveryFigures;
extern const Statement kOldestDelivery;

// ---- Reconciliation ----
extern const Statement kInsertRun;
extern const Statement kRunById;
extern const Statement kRunsBefore;
extern const Statement kInsertStatement;
extern const Statement kStatementByIdentity;
extern const Statement kInsertClaim;
extern const Statement kClaim;
extern const Statement kClaimsOfSide;
extern const Statement kInsertBreak;
extern const Statement kBreaksOfRun;

// ---- Keys, catalogues, figures ----
extern const Statement kInsertKey;
extern const Statement kRevokeKey;
extern const Statement kKeyByHash;
extern const Statement kKeys;
extern const Statement kInsertCatalogue;
extern const Statement kCatalogue;
extern const Statement kLatestCatalogue;
extern const Statement kPaymentsByState;
extern const Statement kDisputesByState;
extern const Statement kJobFigures;
extern const Statement kOldestHeld;
extern const Statement kOldestJob;

// ---- Audit: pages in order of the key ----
extern const Statement kAuditEntries;
extern const Statement kAuditPostings;
extern const Statement kAuditEvents;
extern const Statement kAuditReceipts;
extern const Statement kAuditPayments;
extern const Statement kAuditPaymentEvents;
extern const Statement kAuditPaymentReceipts;

}  // namespace erario::store::statements
